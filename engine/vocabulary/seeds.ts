/** The seeds of a run, and what is drawn from each. */
import type { RunOptions } from './runOptions';

/** The seed of the order of the training images and of their augmentation. All other draws use `seed`. */
export function dataSeedOf({ seed, dataSeed }: Pick<RunOptions, 'seed' | 'dataSeed'>): number {
  return dataSeed ?? seed;
}

/** The seed of the data if it is not the run's `seed`: `{ dataSeed }`, else `{}`. */
export function ownDataSeed({ seed, dataSeed }: Pick<RunOptions, 'seed' | 'dataSeed'>): { dataSeed?: number } {
  return dataSeed === undefined || dataSeed === seed ? {} : { dataSeed };
}

/** For a person: “1”, or “1 (data 7)”. */
export function seedText(seeds: Pick<RunOptions, 'seed' | 'dataSeed'>): string {
  const { dataSeed } = ownDataSeed(seeds);
  return dataSeed === undefined ? String(seeds.seed) : `${seeds.seed} (data ${dataSeed})`;
}
