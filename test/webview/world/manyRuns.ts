/** Makes many runs for the table of runs: searches, dense trainings and tickets of several rounds and seeds, some with other options. */
import type { RelatedSnapshot, RunStatus, TransferVariant } from '../../../engine/protocol';
import { FOLDER, searchRun, trainRun } from './runs';

const VARIANTS: readonly TransferVariant[] = ['retrain', 'signed-mask', 'mask-only', 'random-signs'];
const ROUNDS_OF_TICKETS = [2, 4, 6, 8] as const;
const ODD: readonly RunStatus[] = ['failed', 'diverged', 'stopped', 'interrupted'];

/** Returns this many runs, which are the same at each call. */
export function manyRuns(number: number): RelatedSnapshot[] {
  const searches = [searchRun('aws', 1), searchRun('lrr', 2)];
  const dense = [1, 2].map((seed) => withSeed(trainRun(`dense-seed${seed}`, 92.6 + seed / 4), seed));
  const tickets = new Map<string, RelatedSnapshot>();
  const all = [...searches, ...dense];
  for (let place = 0; all.length < number; place++) {
    const variant = VARIANTS[place % VARIANTS.length]!;
    const round = ROUNDS_OF_TICKETS[Math.floor(place / 4) % 4]!;
    const seed = 2 + Math.floor(place / 16);
    const key = `${variant} ${round}`;
    const like = tickets.get(key) ?? trainRun('ticket', 0, { variant, round });
    tickets.set(key, like);
    const accuracy = 92.5 - 0.15 * round - 1.3 * (place % 4) + 0.2 * Math.sin(place * 12.9898);
    all.push(ticket(like, { name: `ticket-aws-r0${round}-${variant}-seed${seed}`, seed, accuracy, place }));
  }
  return all.slice(0, number).map(inStudy);
}

function withSeed(run: RelatedSnapshot, seed: number): RelatedSnapshot {
  return { ...run, seed, seeds: { seed }, options: { ...run.options, seed } };
}

interface Ticket {
  name: string;
  seed: number;
  accuracy: number;
  place: number;
}

function ticket(like: RelatedSnapshot, { name, seed, accuracy, place }: Ticket): RelatedSnapshot {
  const test = { loss: 0.25 + (93 - accuracy) / 50, accuracy };
  const odd = place % 17 === 9 ? ODD[Math.floor(place / 17) % ODD.length] : undefined;
  const options = { ...like.options, seed, ...(place % 8 > 5 && { learningRate: 0.05 }) };
  const run: RelatedSnapshot = {
    ...withSeed(like, seed),
    name,
    directory: `${FOLDER}/${name}`,
    options,
    rounds: odd ? [] : [{ ...like.rounds[0]!, test, checkpoint: `${FOLDER}/${name}/checkpoints/final.safetensors` }],
    started: Date.UTC(2026, 10, 1 + (place % 28), place % 24),
    seconds: 300 + ((place * 37) % 900),
    ...(odd && { status: odd, message: 'The loss is NaN in round 0, epoch 3.' }),
    ...(place % 7 === 1 && { notes: { star: true, tags: place % 2 ? ['paper'] : ['paper', 'check'] } }),
    ...(place % 11 === 3 && { notes: { text: 'Collapses after round 6; look at ψ of layer3.' } }),
  };
  if (odd || run.result?.kind !== 'train') delete run.result;
  else run.result = { ...run.result, test };
  return run;
}

function inStudy(run: RelatedSnapshot, place: number): RelatedSnapshot {
  if (place % 20 !== 19) return { ...run, directory: run.directory.replace(FOLDER, `${FOLDER}/transfer-gap.study`) };
  return run;
}
