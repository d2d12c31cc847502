/** Computes what a list or a panel shows from the record and the events of a run. */
import path from 'node:path';
import { appendAll } from '../collections';
import { placeOf } from '../vocabulary/includedDataset';
import type { LossPoint, RoundResult, RunEvent } from '../vocabulary/runEvents';
import { modelName } from '../vocabulary/models/ownName';
import type { DatasetSpec } from '../vocabulary/runOptions';
import type { ConnectivityEnds, RunRecord } from '../vocabulary/runRecord';
import type { RunDelta, RunProgress, RunSnapshot, RunSummary } from '../vocabulary/runSummary';
import type { RunStatus } from '../vocabulary/runStatus';
import { roundsOf } from '../vocabulary/rounds';
import { agreementOfRun, type RunAgreement, type SignAgreement } from '../vocabulary/transferSigns';
import { ownDataSeed } from '../vocabulary/seeds';
import type { OwnCheckpoint } from './ancestry';
import { INITIALIZATION, rewindPointIn } from './paths';
import { epochsOf, givenOptions } from './record';
import type { LogContent } from './runLog';
import { Thinning } from './thinning';

/** Returns the snapshot of a run without events. */
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
    ...(record.kind === 'connectivity' && { ends: endsOf(record) }),
    record,
    layers: [],
    parameters: { prunable: 0, all: 0 },
    losses: [],
    epochs: [],
    rounds: [],
    points: [],
  };
}

function endsOf({ a, b, c, points, normalization, masks }: ConnectivityEnds): ConnectivityEnds {
  return { a, b, ...(c && { c }), points, ...(normalization && { normalization }), ...(masks && { masks }) };
}

/**
 * The part of a run that lists and relations need. Nothing more is kept in memory, because there may be thousands of followed runs. The
 * snapshot of a panel is read when the panel asks for it.
 */
export interface RunOverview extends Omit<RunSummary, 'rounds'> {
  record: RunRecord;
  rounds: (RunSummary['rounds'][number] & Pick<RoundResult, 'sha256'>)[];
  /** For a transfer: how many signs of its start network are those of its ticket. */
  signs?: SignAgreement;
}

export function overviewOf(snapshot: RunSnapshot): RunOverview {
  const { layers, parameters, transferred, losses, epochs, points, cells, plane, rounds, ...overview } = snapshot;
  const signs = agreementOfRun(snapshot);
  return { ...overview, rounds: rounds.map(shortened), ...(signs && { signs: withoutLayers(signs) }) };
}

function withoutLayers({ layers, ...total }: RunAgreement): SignAgreement {
  return total;
}

function shortened({ layers, train, normalization, ...round }: RoundResult): RunOverview['rounds'][number] {
  return round;
}

/** Converts a part of a log to a delta for a panel. `applyDelta` and `updateOverview` apply the delta. */
export function deltaOf(run: RunOverview, { events, losses, progressed }: LogContent): RunDelta {
  const delta: RunDelta = { directory: run.directory, reset: false, append: {}, set: {} };
  for (const event of events) {
    addTime(delta, event, run);
    addEvent(delta, event, run);
  }
  if (progressed) delta.set.progress = progressOf(losses.newest!, run.record);
  const { points } = new Thinning(losses);
  if (points.length > 0) delta.append.losses = points;
  return delta;
}

/** Adds the time of an event. The time before `resumed` was no work. */
function addTime({ set }: RunDelta, { type, time }: RunEvent, run: RunOverview): void {
  set.started ??= run.started ?? time;
  const before = set.updated ?? run.updated ?? time;
  const worked = type === 'resumed' ? 0 : Math.max(0, time - before) / 1000;
  set.seconds = (set.seconds ?? run.seconds ?? 0) + worked;
  set.updated = time;
}

function addEvent(delta: RunDelta, event: RunEvent, { directory, record, progress, warnings }: RunOverview): void {
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
    case 'transferred':
      set.transferred = event.layers;
      break;
    case 'resumed':
      Object.assign(set, { status: 'running', backend: event.backend });
      break;
    case 'progress':
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
    case 'plane':
      set.plane = withoutTime(event);
      break;
    case 'cell':
      (append.cells ??= []).push(withoutTime(event));
      break;
    case 'warning': // a resumed run may notice the same again
      set.warnings = [...new Set([...(set.warnings ?? warnings ?? []), event.message])];
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

/** Makes the path of a checkpoint absolute. In the log it is relative to the run directory, so that the run can be moved. */
function located<T extends { checkpoint: string }>(directory: string, result: T): T {
  return { ...result, checkpoint: path.resolve(directory, result.checkpoint) };
}

function withoutTimeLeft(progress: RunProgress | undefined): RunProgress | undefined {
  return progress && { ...progress, secondsLeft: undefined };
}

function progressOf(point: LossPoint, record: RunRecord): RunProgress {
  const { round, epoch, step, steps, secondsLeft } = point;
  const rounds = record.kind === 'train' ? 0 : roundsOf(record);
  return { round, rounds, epoch, epochs: epochsOf(record, round), step, steps, secondsLeft };
}

/** Adds a delta to a snapshot in place. */
export function applyDelta(snapshot: RunSnapshot, { append, set }: RunDelta): void {
  Object.assign(snapshot, set);
  appendAll(snapshot.losses, append.losses);
  appendAll(snapshot.epochs, append.epochs);
  appendAll(snapshot.rounds, append.rounds);
  appendAll(snapshot.points, append.points);
  if (append.cells) appendAll((snapshot.cells ??= []), append.cells);
}

/** Adds a delta to an overview in place. */
export function updateOverview(overview: RunOverview, { append, set }: RunDelta): void {
  const { layers, parameters, transferred, plane, ...listed } = set;
  Object.assign(overview, listed);
  appendAll(overview.rounds, append.rounds?.map(shortened));
  const signs = agreementOfRun({ ...overview, ...(transferred && { transferred }) });
  if (signs) overview.signs = withoutLayers(signs);
}

/** Returns the summary of a run that lists show. */
export function summaryOf(run: RunSnapshot | RunOverview): RunSummary {
  const { record, rounds, signs, ...summary } = 'losses' in run ? overviewOf(run) : run;
  const short = rounds.map(({ sha256, ...round }) => round);
  return { ...summary, rounds: short };
}

/** Returns the displayed name of a dataset: `sample`, or the last part of its path. */
export function datasetName(dataset: DatasetSpec): string {
  return path.basename(placeOf(dataset));
}

/** Returns the checkpoints that a run has written so far. */
export function checkpointsOf({ directory: run, record, initialization, rounds }: RunOverview): OwnCheckpoint[] {
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

/** Whether a run ended in a way that no resume changes. */
export function isFinal(status: RunStatus | undefined): boolean {
  return status === 'done' || status === 'diverged';
}
