/** The shapes of the events in `events.jsonl`. */
import {
  checkShape,
  count,
  flag,
  list,
  measurement,
  number,
  object,
  oneOf,
  optional,
  pathWithin,
  round,
  text,
  type Check,
} from '../shapes';
import type { LayerShape, Sparsity } from '../vocabulary/checkpoint';
import type {
  BackendChoice,
  Barrier,
  CurvePoint,
  EpochResult,
  LossPoint,
  Measured,
  Plane,
  NormalizationLayer,
  RoundLayer,
  RoundResult,
  RunEvent,
  RunResult,
  SurfacePoint,
  Spread,
} from '../vocabulary/runEvents';
import { KERNEL_SETS } from '../vocabulary/runEvents';
import type { TransferredLayer } from '../vocabulary/transferSigns';

const measured = object<Measured>({ loss: measurement, accuracy: measurement, top5: optional(measurement) });
const sparsity = object<Sparsity>({ prunable: number, all: number });

const backend = object<BackendChoice>({
  name: oneOf('wasm', 'webgpu', 'tensorflow'),
  device: text,
  threads: number,
  kernels: optional(oneOf(...KERNEL_SETS)),
  operations: optional(oneOf('avx2', 'avx512', 'neon')),
  operationSources: optional(text),
  deterministic: flag,
  mixed: optional(flag),
  reason: text,
});

const layer = object<LayerShape>({ name: text, shape: list(count), count });

const roundLayer = object<RoundLayer>({
  name: text,
  count,
  kept: count,
  positive: count,
  negative: count,
  flippedFromInit: optional(count),
  keptSincePrevious: count,
  flippedFromPrevious: count,
  crossedZero: optional(count),
});

const spread = object<Spread>({ mean: measurement, deviation: measurement, min: measurement, max: measurement });

const normalizationLayer = object<NormalizationLayer>({
  name: text,
  scale: optional(spread),
  shift: optional(spread),
  distance: measurement,
  negativeScales: optional(number),
});

const transferredLayer = object<TransferredLayer>({
  name: text,
  kept: count,
  sameSign: count,
  positive: count,
  ticketPositive: count,
  initialization: optional(
    object<NonNullable<TransferredLayer['initialization']>>({ sameSign: count, positive: count }),
  ),
});

export const lossPoint = object<LossPoint>({
  round,
  epoch: count,
  step: count,
  steps: count,
  loss: measurement,
  accuracy: measurement,
  learningRate: number,
  secondsLeft: optional(number),
});

const epoch = object<EpochResult>({
  round,
  epoch: count,
  epochs: count,
  seconds: number,
  train: measured,
  test: measured,
  reestimated: optional(measured),
  gradientNorm: optional(measurement),
});

const roundResult = object<RoundResult>({
  round,
  sparsity,
  test: measured,
  reestimated: optional(measured),
  train: measured,
  checkpoint: pathWithin,
  sha256: optional(text),
  layers: list(roundLayer),
  gradientNorm: optional(measurement),
  imagesPerSecond: optional(number),
  normalization: optional(list(normalizationLayer)),
});

const curvePoint = object<CurvePoint>({ alpha: number, train: measured, test: measured });

const plane = object<Plane>({ x: number, width: number, height: number });

const surfacePoint = object<SurfacePoint>({
  x: number,
  y: number,
  end: optional(oneOf('a', 'b', 'c')),
  train: measured,
  test: measured,
});

const barrier = object<Barrier>({
  value: measurement,
  alpha: number,
  quantity: oneOf('error', 'loss'),
  split: oneOf('train', 'test'),
  baseline: oneOf('mean of the ends', 'chord between the ends'),
  definition: text,
});

type Result<K> = Extract<RunResult, { kind: K }>;

const RESULTS: { [K in RunResult['kind']]: Check<Result<K>> } = {
  search: object<Result<'search'>>({ kind: oneOf('search'), sparsity, checkpoint: pathWithin }),
  train: object<Result<'train'>>({
    kind: oneOf('train'),
    sparsity,
    test: measured,
    train: measured,
    checkpoint: pathWithin,
  }),
  connectivity: object<Result<'connectivity'>>({
    kind: oneOf('connectivity'),
    barrier,
    barriers: list(barrier),
    normalization: text,
    masks: oneOf('equal', 'different'),
  }),
  surface: object<Result<'surface'>>({
    kind: oneOf('surface'),
    normalization: text,
    masks: oneOf('equal', 'different'),
  }),
};

const result: Check<RunResult> = (value, place) => {
  const { kind } = object<Pick<RunResult, 'kind'>>({ kind: oneOf('search', 'train', 'connectivity', 'surface') })(
    value,
    place,
  );
  return RESULTS[kind](value, place);
};

type Event<T> = Extract<RunEvent, { type: T }>;
const stamp = <T extends RunEvent['type']>(type: T) => ({ type: oneOf<T>(type), time: number });

const EVENTS: { [T in RunEvent['type']]: Check<Event<T>> } = {
  started: object<Event<'started'>>({
    ...stamp('started'),
    backend,
    layers: list(layer),
    parameters: object<Event<'started'>['parameters']>({ prunable: count, all: count }),
    datasetSha256: optional(text),
    options: optional(text),
  }),
  resumed: object<Event<'resumed'>>({
    ...stamp('resumed'),
    backend,
    datasetSha256: optional(text),
    options: optional(text),
    round,
    epoch: count,
    step: count,
  }),
  transferred: object<Event<'transferred'>>({ ...stamp('transferred'), layers: list(transferredLayer) }),
  progress: both(object(stamp('progress')), lossPoint),
  epoch: both(object(stamp('epoch')), epoch),
  round: both(object(stamp('round')), roundResult),
  point: both(object(stamp('point')), curvePoint),
  plane: both(object(stamp('plane')), plane),
  cell: both(object(stamp('cell')), surfacePoint),
  warning: object<Event<'warning'>>({ ...stamp('warning'), message: text }),
  ended: object<Event<'ended'>>({
    ...stamp('ended'),
    outcome: oneOf('done', 'diverged', 'stopped', 'failed'),
    message: optional(text),
    result: optional(result),
  }),
};

function both<A extends object, B extends object>(first: Check<A>, second: Check<B>): Check<A & B> {
  return (value, place) => ({ ...first(value, place), ...second(value, place) });
}

/**
 * Returns the value of a line as an event, or undefined if this version does not know its type. Throws UserError if the value is not an event.
 * @param line the file and the line number, which errors name
 */
export function checkEvent(value: unknown, line: string): RunEvent | undefined {
  const { type } = checkShape(value, line, object({ type: text }));
  const check: Check<RunEvent> | undefined = isKnown(type) ? EVENTS[type] : undefined;
  return check && checkShape(value, line, check);
}

function isKnown(type: string): type is RunEvent['type'] {
  return Object.hasOwn(EVENTS, type);
}
