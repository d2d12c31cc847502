/** From a run's record and events to what a list or a panel shows. */
import path from 'node:path';
import type { LossPoint, RunEvent } from '../vocabulary/runEvents';
import type { DatasetSpec, ModelSpec } from '../vocabulary/runOptions';
import type { RunRecord } from '../vocabulary/runRecord';
import type { RunDelta, RunProgress, RunSnapshot, RunSummary } from '../vocabulary/runSummary';
import { ownDataSeed } from '../vocabulary/seeds';
import type { OwnCheckpoint } from './ancestry';
import { INITIALIZATION, rewindPointIn } from './paths';
import { epochsOf, givenOptions } from './record';

const MAX_LOSSES = 2_000;

/** A run before any of its events. */
export function emptySnapshot(directory: string, record: RunRecord): RunSnapshot {
  return {
    directory,
    name: path.basename(directory),
    kind: record.kind,
    method: record.method,
    model: modelName(record.model),
    dataset: datasetName(record.dataset),
    seed: record.seed,
    ...ownDataSeed(record),
    options: givenOptions(record),
    status: 'waiting',
    stopping: false,
    ...(record.kind === 'train' && { source: record.source }),
    ...(record.kind === 'connectivity' && { ends: { a: record.a, b: record.b, points: record.points } }),
    record,
    layers: [],
    parameters: { prunable: 0, all: 0 },
    losses: [],
    epochs: [],
    rounds: [],
    points: [],
  };
}

/** What events change in a snapshot, as the delta a panel is sent. `applyDelta` applies it. */
export function deltaOf(snapshot: RunSnapshot, events: readonly RunEvent[]): RunDelta {
  const delta: RunDelta = { directory: snapshot.directory, reset: false, append: {}, set: {} };
  for (const event of events) addEvent(delta, event, snapshot);
  return delta;
}

function addEvent(delta: RunDelta, event: RunEvent, { directory, record, progress }: RunSnapshot): void {
  const { append, set } = delta;
  switch (event.type) {
    case 'started':
      Object.assign(set, {
        status: 'running',
        backend: event.backend,
        layers: event.layers,
        parameters: event.parameters,
        datasetSha256: event.datasetSha256,
      });
      if (record.kind !== 'connectivity') set.initialization = path.join(directory, INITIALIZATION);
      break;
    case 'resumed':
      Object.assign(set, { status: 'running', backend: event.backend });
      break;
    case 'progress':
      (append.losses ??= []).push(withoutTime(event));
      set.progress = progressOf(event, record);
      break;
    case 'epoch':
      (append.epochs ??= []).push(withoutTime(event));
      break;
    case 'round':
      (append.rounds ??= []).push(located(directory, withoutTime(event)));
      break;
    case 'point':
      (append.points ??= []).push(withoutTime(event));
      break;
    case 'ended':
      set.status = event.outcome;
      set.message = event.message;
      set.result = event.result && 'checkpoint' in event.result ? located(directory, event.result) : event.result;
      set.progress = event.outcome === 'done' ? undefined : withoutTimeLeft(set.progress ?? progress);
  }
}

function withoutTime<E extends RunEvent>({ type, time, ...rest }: E): Omit<E, 'type' | 'time'> {
  return rest;
}

/** The log names checkpoints relative to the run directory, so that it can be moved; whoever opens one needs the absolute path. */
function located<T extends { checkpoint: string }>(directory: string, result: T): T {
  return { ...result, checkpoint: path.resolve(directory, result.checkpoint) };
}

function withoutTimeLeft(progress: RunProgress | undefined): RunProgress | undefined {
  return progress && { ...progress, secondsLeft: undefined };
}

function progressOf(point: LossPoint, record: RunRecord): RunProgress {
  const { round, epoch, step, steps, secondsLeft } = point;
  const rounds = record.kind === 'train' ? 0 : record.rounds;
  return { round, rounds, epoch, epochs: epochsOf(record, round), step, steps, secondsLeft };
}

/** Adds a delta to a snapshot in place. */
export function applyDelta(snapshot: RunSnapshot, { append, set }: RunDelta): void {
  Object.assign(snapshot, set);
  snapshot.losses.push(...(append.losses ?? []));
  snapshot.epochs.push(...(append.epochs ?? []));
  snapshot.rounds.push(...(append.rounds ?? []));
  snapshot.points.push(...(append.points ?? []));
}

/** The snapshot a panel is sent: its losses thinned evenly, the newest kept. */
export function thinned<S extends RunSnapshot>(snapshot: S): S {
  const every = Math.ceil(snapshot.losses.length / MAX_LOSSES);
  if (every <= 1) return snapshot;
  const newest = snapshot.losses.length - 1;
  return { ...snapshot, losses: snapshot.losses.filter((_, i) => (newest - i) % every === 0) };
}

/** What a list shows of a run. */
export function summaryOf(snapshot: RunSnapshot): RunSummary {
  const { record, layers, parameters, losses, epochs, points, rounds, ...summary } = snapshot;
  const short = rounds.map(({ round, sparsity, test, reestimated, checkpoint }) => {
    return { round, sparsity, test, ...(reestimated && { reestimated }), checkpoint };
  });
  return { ...summary, rounds: short };
}

/** A model's name for a person: `resnet20`, `mixer`. */
export function modelName(model: ModelSpec): string {
  return typeof model === 'string' ? model : model.model;
}

/** A dataset's name for a person: `sample`, or the last part of its path. */
export function datasetName(dataset: DatasetSpec): string {
  return typeof dataset === 'string' ? dataset : path.basename(dataset.path);
}

/** The checkpoints that a run has written so far. */
export function checkpointsOf({ directory: run, record, initialization, rounds }: RunSnapshot): OwnCheckpoint[] {
  const written = rounds.map(({ round, checkpoint: file, sha256 }): OwnCheckpoint => ({
    file,
    run,
    role: record.kind === 'search' ? round : 'final',
    sha256,
  }));
  if (initialization !== undefined) written.push({ file: initialization, run, role: 'initialization' });
  if (record.method === 'imp' && record.rewindStep > 0) written.push({ file: rewindPointIn(run), run, role: 'rewind' });
  return written;
}
