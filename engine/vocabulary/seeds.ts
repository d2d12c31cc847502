/** The seeds of a run. */
import type { RunOptions } from './runOptions';

/** Returns the seed for the data order, the augmentation and dropout. All other random numbers use `seed`. */
export function dataSeedOf({ seed, dataSeed }: Pick<RunOptions, 'seed' | 'dataSeed'>): number {
  return dataSeed ?? seed;
}

/** Returns `{ dataSeed }` if the seed of the data is not the `seed` of the run, else `{}`. */
export function ownDataSeed({ seed, dataSeed }: Pick<RunOptions, 'seed' | 'dataSeed'>): { dataSeed?: number } {
  return dataSeed === undefined || dataSeed === seed ? {} : { dataSeed };
}

/** Returns the displayed seeds, for example “1” or “1 (data 7)”. */
export function seedText(seeds: Pick<RunOptions, 'seed' | 'dataSeed'>): string {
  const { dataSeed } = ownDataSeed(seeds);
  return dataSeed === undefined ? String(seeds.seed) : `${seeds.seed} (data ${dataSeed})`;
}
