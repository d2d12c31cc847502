/** A study of tickets: two methods, two seeds, three rounds, four things that were done, and dense runs. */
import type { RelatedSnapshot, TransferVariant } from '../../../engine/protocol';
import { searchRun, trainRun, withReestimated } from './runs';

const ROUNDS = [2, 5, 8];
const SEEDS = [1, 2];

/** Accuracy in percent after full training of the network of a round, before the difference of its seed. */
const ACCURACY: Record<'aws' | 'lrr', Partial<Record<TransferVariant, (round: number) => number>>> = {
  aws: {
    retrain: (round) => 92.9 - 0.1 * round,
    'signed-mask': (round) => 92.6 - 0.15 * round,
    'mask-only': (round) => 92.2 - 0.45 * round,
    'random-signs': (round) => 91.9 - 0.5 * round,
  },
  lrr: {
    retrain: (round) => 92.8 - 0.12 * round,
    'signed-mask': (round) => 92.2 - 0.4 * round,
    'mask-only': (round) => 92.1 - 0.48 * round,
  },
};

/** Makes the finished runs. The official accuracy of aws is 45 points too low, as in networks with batch norm. */
export function ticketStudy(): RelatedSnapshot[] {
  const searches = (['aws', 'lrr'] as const).flatMap((method) =>
    SEEDS.map((seed) => withReestimated(searchRun(method, seed), method === 'aws' ? 45 : 0.4)),
  );
  for (const { rounds } of searches) {
    const last = rounds.at(-1)!;
    last.reestimated = { ...last.reestimated!, accuracy: 71.3 };
  }
  const tickets = (['aws', 'lrr'] as const).flatMap((method) =>
    SEEDS.flatMap((seed) =>
      ROUNDS.flatMap((round) =>
        Object.entries(ACCURACY[method]).map(([variant, at]) => {
          const accuracy = at(round) + (seed - 1.5) * 0.3 + 0.1 * Math.sin(round * 7 + variant.length);
          return ticketRun({ method, seed, round, variant: variant as TransferVariant, accuracy });
        }),
      ),
    ),
  );
  const dense = SEEDS.map((seed) => ({ ...trainRun(`dense-seed${seed}`, 93 + 0.2 * seed), seed, seeds: { seed } }));
  return [...searches, ...tickets, ...dense];
}

export interface Ticket {
  method: 'aws' | 'lrr';
  seed: number;
  round: number;
  variant: TransferVariant;
  accuracy: number;
}

/** Makes a full training from the network of a round. */
export function ticketRun({ method, seed, round, variant, accuracy }: Ticket): RelatedSnapshot {
  const run = trainRun(`${method}-${variant}-${round}-seed${seed}`, accuracy, { variant, round });
  const search = searchRun(method, seed, round + 1);
  const { checkpoint } = search.rounds[round]!;
  return {
    ...run,
    method,
    seed,
    seeds: { seed, 'source.seed': seed },
    experiment: `train ${method} ${variant}`,
    source: { from: 'checkpoint', checkpoint, sha256: '', variant },
    sources: [
      { file: checkpoint, sha256: '', label: `${search.name}/round-0${round}`, run: search.directory, role: round },
    ],
  };
}
