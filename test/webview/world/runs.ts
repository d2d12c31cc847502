/** Makes fake snapshots of runs like those of the engine: searches, a dense training, transfers, and connectivity runs. */
import type {
  Barrier,
  Measured,
  RoundLayer,
  NormalizationLayer,
  RoundResult,
  RelatedSnapshot,
  RunOptions,
  SourceCheckpoint,
  TransferVariant,
} from '../../../engine/protocol';
import type { TransferredLayer } from '../../../engine/vocabulary/transferSigns';
import { FRACTION, makeNetwork, ROUNDS, type WorldLayer } from './network';

const OPTIONS: RunOptions = {
  method: 'aws',
  model: 'resnet20',
  dataset: 'sample',
  rounds: ROUNDS - 1,
  pruningFraction: FRACTION,
  scope: 'global',
  criterion: 'magnitude',
  warmupEpochs: 4,
  epochsPerRound: 4,
  rewindStep: 0,
  roundSchedule: 'constant',
  optimizer: 'sgd',
  learningRate: 0.1,
  momentum: 0.9,
  weightDecay: 1e-4,
  schedule: 'step',
  batchSize: 128,
  augmentation: { crop: 0, flip: false },
  normalizationInterpolation: { low: 0, high: 1, each: 'step', parameters: 'both', initial: 'construction' },
  finalEpochs: 20,
  seed: 1,
  backend: 'auto',
};

export const FOLDER = '/study/.winning-sign';
export const PARAMETERS = { prunable: 270_256, all: 272_474 };

type Kind = Pick<RelatedSnapshot, 'kind' | 'method' | 'seed' | 'name'>;

function base({ kind, method, seed, name }: Kind): RelatedSnapshot {
  const record = { ...OPTIONS, method, seed, version: 1 as const, name, kind: 'search' as const };
  return {
    directory: `${FOLDER}/${name}`,
    name,
    kind,
    method,
    model: 'resnet20',
    dataset: 'fashion-mnist',
    seed,
    options: { method, seed },
    status: 'done',
    stopping: false,
    backend: { name: 'wasm', device: '2 threads, SIMD', threads: 2, deterministic: true, reason: '' },
    record,
    layers: [],
    parameters: PARAMETERS,
    losses: [],
    epochs: [],
    rounds: [],
    points: [],
    sources: [],
    experiment: `${kind} ${method}`,
    seeds: { seed },
    differs: [],
  };
}

export const networks = { aws: makeNetwork(1), lrr: makeNetwork(2) };

/** Returns the layers of a round as in events.jsonl. */
export function roundLayers(network: readonly WorldLayer[], round: number): RoundLayer[] {
  return network.map(({ name, count, init, weights, masks }) => {
    const [now, mask] = [weights[round]!, masks[round]!];
    const [then, before] = [weights[round - 1], masks[round - 1]];
    const layer = {
      name,
      count,
      kept: 0,
      positive: 0,
      negative: 0,
      flippedFromInit: 0,
      keptSincePrevious: 0,
      flippedFromPrevious: 0,
      crossedZero: 0,
    };
    for (let i = 0; i < count; i++) {
      if (mask[i] === 0) continue;
      layer.kept++;
      if (now[i]! > 0) layer.positive++;
      else layer.negative++;
      if (now[i]! * init[i]! < 0) layer.flippedFromInit++;
      if (!then || before![i] === 0) continue;
      layer.keptSincePrevious++;
      if (now[i]! * then[i]! < 0) layer.flippedFromPrevious++;
    }
    layer.crossedZero = Math.min(layer.kept, Math.round(1.4 * layer.flippedFromPrevious));
    return layer;
  });
}

function roundOf(
  directory: string,
  { network, round, top }: { network: readonly WorldLayer[]; round: number; top: number },
): RoundResult {
  const layers = roundLayers(network, round);
  const kept = layers.reduce((total, layer) => total + layer.kept, 0);
  const pruned = PARAMETERS.prunable - kept;
  const accuracy = top - 0.03 * round ** 2;
  return {
    round,
    sparsity: { prunable: pruned / PARAMETERS.prunable, all: pruned / PARAMETERS.all },
    test: { loss: 0.28 + 0.004 * round ** 2, accuracy },
    train: { loss: 0.1 + 0.004 * round ** 2, accuracy: accuracy + 3 },
    checkpoint: `${directory}/checkpoints/round-${String(round).padStart(2, '0')}.safetensors`,
    layers,
    gradientNorm: 0.412 + 0.03 * round,
    imagesPerSecond: 1250 - 3.4 * round,
    normalization: network.map((_, i) => psiOf(`bn${i + 1}`, i - 0.4 * round)),
  };
}

/** Makes ψ of a layer that depends on some number. */
function psiOf(name: string, x: number): NormalizationLayer {
  const spread = (mean: number) => ({ mean, deviation: 0.2, min: mean - 0.5, max: mean + 0.4 });
  const [scale, shift] = [spread(0.6 + 0.1 * Math.sin(x)), spread(0.2 * Math.cos(x))];
  return { name, scale, shift, distance: 1.3 + 0.2 * Math.sin(x), negativeScales: scale.min < 0.05 ? 0.0625 : 0 };
}

/** Makes a search that has finished this many rounds. */
export function searchRun(method: 'aws' | 'lrr', seed: number, rounds = ROUNDS): RelatedSnapshot {
  const run = base({ kind: 'search', method, seed, name: `${method}-seed${seed}` });
  const network = networks[method];
  run.rounds = Array.from({ length: rounds }, (_, round) => {
    const top = (method === 'aws' ? 92.4 : 92.1) + 0.13 * seed;
    return roundOf(run.directory, { network, round, top });
  });
  run.layers = network.map(({ name, shape, count }) => ({ name, shape, count }));
  run.initialization = `${run.directory}/checkpoints/initialization.safetensors`;
  run.epochs = run.rounds.flatMap(({ round }) => [0, 1, 2, 3].map((epoch) => epochOf(round, epoch)));
  run.losses = run.epochs.flatMap(({ round, epoch, train }) =>
    Array.from({ length: 20 }, (_, i) => {
      const loss = train.loss * (1.1 + 0.25 * Math.sin(i * 12.9898 + epoch * 78.233 + round * 3.7));
      return { round, epoch, step: (i + 1) * 4, steps: 80, loss, accuracy: 90, learningRate: 0.1 };
    }),
  );
  const last = run.rounds.at(-1)!;
  run.result = { kind: 'search', sparsity: last.sparsity, checkpoint: last.checkpoint };
  return run;
}

function epochOf(round: number, epoch: number) {
  const loss = 0.15 + 0.9 * Math.exp(-1.2 * epoch) * (round === 0 ? 1 : 0.35) + 0.004 * round ** 2;
  const accuracy = 100 * Math.exp(-loss * 0.4);
  return {
    round,
    epoch,
    epochs: 4,
    seconds: 12.4,
    train: { loss, accuracy },
    test: { loss: loss * 1.2 + 0.08, accuracy: accuracy - 2 },
  };
}

/**
 * Adds re-estimated accuracies to a search, as a network with batch norm has. Each official accuracy is `lower` points below the
 * re-estimated one.
 */
export function withReestimated(run: RelatedSnapshot, lower: number): RelatedSnapshot {
  const measuredTwice = <T extends { test: Measured }>(one: T) => {
    const test = { loss: one.test.loss + 1, accuracy: one.test.accuracy - lower };
    return { ...one, test, reestimated: one.test };
  };
  const epochs = run.epochs.map((epoch) => (epoch.epoch === epoch.epochs - 1 ? measuredTwice(epoch) : epoch));
  return { ...run, rounds: run.rounds.map(measuredTwice), epochs };
}

/** Makes a run in the middle of its fourth round. */
export function runningRun(): RelatedSnapshot {
  const run = searchRun('aws', 1, 3);
  run.status = 'running';
  delete run.result;
  run.progress = { round: 3, rounds: ROUNDS - 1, epoch: 1, epochs: 4, step: 40, steps: 80, secondsLeft: 2460 };
  const { loss } = run.losses.at(-1)!;
  for (let step = 4; step <= 120; step += 4) {
    run.losses.push({
      round: 3,
      epoch: Math.floor((step - 1) / 80),
      step: ((step - 1) % 80) + 1,
      steps: 80,
      loss,
      accuracy: 91,
      learningRate: 0.1,
    });
  }
  return run;
}

/** Makes a run that has not started yet. */
export function waitingRun(): RelatedSnapshot {
  return { ...base({ kind: 'search', method: 'aws', seed: 5, name: 'aws-seed5' }), status: 'waiting' };
}

/** Makes a full training: dense, or a transfer from a round of the search. */
export function trainRun(
  name: string,
  accuracy: number,
  from?: { variant: TransferVariant; round: number },
): RelatedSnapshot {
  const run = base({ kind: 'train', method: from ? 'aws' : 'dense', seed: 1, name });
  const aws = searchRun('aws', 1);
  const checkpoint = from && aws.rounds[from.round]!.checkpoint;
  const source = from
    ? { from: 'checkpoint' as const, checkpoint: checkpoint!, sha256: `round ${from.round}`, variant: from.variant }
    : { from: 'initialization' as const };
  const record = { ...run.record, kind: 'train' as const, source };
  const sparsity = from ? aws.rounds[from.round]!.sparsity : { prunable: 0, all: 0 };
  const test = { loss: 0.25, accuracy };
  return {
    ...run,
    record,
    source,
    experiment: `train ${from?.variant ?? 'dense'}`,
    ...(from && { transferred: transferredLayers(from.round) }),
    sources: from ? [sourceOf(aws.directory, checkpoint!)] : [],
    rounds: [
      {
        ...roundOf(run.directory, { network: networks.aws, round: from?.round ?? 0, top: 0 }),
        round: 0,
        sparsity,
        test,
        checkpoint: `${run.directory}/checkpoints/final.safetensors`,
      },
    ],
    epochs: Array.from({ length: 20 }, (_, epoch) => ({ ...epochOf(0, epoch), epochs: 20 })),
    result: {
      kind: 'train',
      sparsity,
      test,
      train: { loss: 0.05, accuracy: 98 },
      checkpoint: `${run.directory}/checkpoints/final.safetensors`,
    },
  };
}

/** Returns the signs of a transfer: those of the ticket, except every tenth. The initialization of the ticket is known. */
function transferredLayers(round: number): TransferredLayer[] {
  return roundLayers(networks.aws, round).map(({ name, kept, positive, flippedFromInit }) => {
    const sameSign = kept - Math.floor(kept / 10);
    const initialization = { sameSign: kept - (flippedFromInit ?? 0), positive: Math.floor(kept / 2) };
    return { name, kept, sameSign, positive, ticketPositive: positive, initialization };
  });
}

/** Returns a source: a checkpoint of the study from which another run started. */
function sourceOf(run: string, file: string): SourceCheckpoint {
  const name = file.split('/').at(-1)!.replace('.safetensors', '');
  return { file, sha256: '', label: `${run.split('/').at(-1)!}/${name}`, run };
}

/** Makes a connectivity run with a bump of this height (percentage points of error). */
export function connectivityRun(name: string, height: number, ends = ['aws-seed1', 'aws-seed2']): RelatedSnapshot {
  const run = base({ kind: 'connectivity', method: 'aws', seed: 1, name });
  const [a, b] = ends.map((end) => ({ checkpoint: `${FOLDER}/${end}/checkpoints/final.safetensors`, sha256: '' }));
  run.ends = { a: a!, b: b!, points: 11 };
  run.sources = ends.map((end, place) => sourceOf(`${FOLDER}/${end}`, [a!, b!][place]!.checkpoint));
  run.record = { ...run.record, kind: 'connectivity', ...run.ends };
  run.points = Array.from({ length: 11 }, (_, i) => {
    const alpha = i / 10;
    const bump = height * Math.sin(Math.PI * alpha) ** 2;
    const measured = (error: number) => ({ accuracy: 100 - error - bump, loss: 0.03 * (error + bump) });
    return { alpha, train: measured(2 + alpha), test: measured(8 + alpha) };
  });
  const barrier = (quantity: 'error' | 'loss', split: 'train' | 'test', chord = false): Barrier => {
    const value = height * (quantity === 'error' ? 1 : 0.03);
    const baseline = chord ? 'chord between the ends' : 'mean of the ends';
    const definition = `the largest ${split} ${quantity} along the path less the ${baseline}`;
    return { value, alpha: 0.5, quantity, split, baseline, definition };
  };
  const barriers = [
    barrier('error', 'test'),
    barrier('error', 'train'),
    barrier('loss', 'test'),
    barrier('loss', 'train'),
    barrier('loss', 'train', true),
  ];
  run.pair = {
    kind: 'initialization-stability',
    sentence: 'Initialization stability: A and B have different initializations (seeds 1 and 2).',
  };
  const normalization = 'batch-norm statistics re-estimated at each α by exact average over the training images';
  run.result = { kind: 'connectivity', barrier: barriers[0]!, barriers, normalization, masks: 'equal' };
  return run;
}
