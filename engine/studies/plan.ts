/** Plans a study: what it will run, and about how long it takes on this machine and how much it writes. */
import { planReestimation } from '../execution/reestimation';
import { loadDataset } from '../datasets/load';
import type { Dataset } from '../datasets/dataset';
import { countParameters } from '../models/parameters';
import { buildArchitecture } from '../models/registry';
import { POINTS } from '../vocabulary/runSchema';
import type { RunOptions } from '../vocabulary/runOptions';
import type { KeepRule, NodeKind, PlannedRun, StudyPlan } from '../vocabulary/study';
import { STATE } from '../runs/paths';
import type { StudyRun } from './expand';
import { emptyMethodNotes } from './emptyMethods';
import { droppableFiles, filesOf } from './keep';
import { roundsOf } from '../vocabulary/rounds';
import { measuredTimes, scheduledEnd } from './secondsLeft';
import { hasEnded, type RunState } from './states';
import { blockedByConflicts } from './changes';
import { epochsOf, FORWARD, passesOf } from './work';

/** A network, its data and the size of a batch: all that decides how long an epoch takes. */
export interface Training {
  options: RunOptions;
  dataset: Pick<Dataset, 'height' | 'width' | 'channels' | 'classes'>;
  /** Numbers of training and test images. */
  train: number;
  test: number;
  parameters: { prunable: number; all: number };
}

/** Returns how many images a second a process trains while all processors are busy with such processes. */
export type SpeedOf = (training: Training) => Promise<number>;

export interface PlanOptions {
  /** Number of processes at a time. */
  cores: number;
  /** Without it, the plan has no time. */
  speedOf?: SpeedOf | undefined;
  /** Which checkpoints remain (default all). */
  keep?: KeepRule | undefined;
}

/** Seconds to start a process, load its data, warm up and end, beside its work. Measured on the sample with wasm, in seconds of a processor. */
const OVERHEAD: Record<NodeKind, number> = { search: 1, training: 1, transfer: 1, connectivity: 0.6 };
const [BYTES_OF_WEIGHT, BYTES_OF_MASK] = [4, 1];

/** Returns the plan of a study whose runs have these states. */
export async function planStudy(
  states: readonly RunState[],
  { cores, speedOf, keep = 'all' }: PlanOptions,
): Promise<StudyPlan> {
  const trainings = new Trainings();
  const measuredTime = measuredTimes(states);
  const droppable = droppableFiles(
    keep,
    states.map(({ run }) => run),
  );
  const speeds = new Map<Training, number>();
  const seconds: number[] = [];
  const blocked = blockedByConflicts(states);
  let bytes = 0;
  const nodes: PlannedRun[] = [];
  for (const { run, status, message, conflict } of states) {
    const { name, node, kind, axes, needs } = run;
    const training = await trainings.of(run.options);
    const dropped = new Set(droppable.get(name)?.map(({ file }) => file));
    const kept = filesOf(run).filter((file) => !dropped.has(file));
    bytes += bytesOf(kept, run.options, training);
    const isLeft = !hasEnded(status) && !blocked.has(name);
    const epochs = isLeft ? epochsOf(run) : 0;
    const problem = { ...(message !== undefined && { message }), ...(conflict && { conflict }) };
    nodes.push({ name, node, kind, axes, needs, status, ...problem, epochs });
    if (!speedOf || !isLeft) {
      seconds.push(0);
      continue;
    }
    const measured = measuredTime(run);
    if (measured !== undefined) {
      seconds.push(measured);
      continue;
    }
    const speed = speeds.get(training) ?? (await speedOf(training));
    speeds.set(training, speed);
    seconds.push(OVERHEAD[run.kind] + workOf(run, training) / speed);
  }
  const runs = states.length;
  const notes = emptyMethodNotes(states.map(({ run }) => run));
  const existing = states.filter(({ status }) => hasEnded(status)).length;
  const epochs = nodes.reduce((sum, one) => sum + one.epochs, 0);
  return {
    runs,
    existing,
    epochs,
    ...(speedOf && { seconds: scheduledEnd(states, { cores, seconds }) }),
    bytes,
    nodes,
    ...(notes.length > 0 && { notes }),
  };
}

/** Loads each dataset once, and builds each network once. */
class Trainings {
  readonly #datasets = new Map<string, Promise<Dataset>>();
  readonly #trainings = new Map<string, Promise<Training>>();

  of(options: RunOptions): Promise<Training> {
    const { model, dataset, batchSize, backend } = options;
    const key = JSON.stringify([model, dataset, batchSize, backend]);
    const known = this.#trainings.get(key) ?? this.#make(options);
    this.#trainings.set(key, known);
    return known;
  }

  async #make(options: RunOptions): Promise<Training> {
    const key = JSON.stringify(options.dataset);
    const loading = this.#datasets.get(key) ?? loadDataset(options.dataset, '.');
    this.#datasets.set(key, loading);
    const { height, width, channels, classes, train, test } = await loading;
    const dataset = { height, width, channels, classes };
    const { parameters } = countParameters(buildArchitecture(options.model, dataset));
    return { options, dataset, train: train.count, test: test.count, parameters };
  }
}

/** Returns the work of a run as a number of trained images. */
function workOf(run: StudyRun, { train, test }: Training): number {
  if (run.kind === 'connectivity') {
    const { points = POINTS.default } = run.settings.fields;
    return points * FORWARD * (passesOf(run) * train + test);
  }
  const trained = epochsOf(run) * (train + FORWARD * test);
  return run.kind === 'search' ? trained + FORWARD * reestimatedImages(run, { train, test }) : trained;
}

/** Returns the images of the passes with which a search re-estimates its accuracy. Without batch norm there are none, but they are few. */
function reestimatedImages({ options }: StudyRun, { train, test }: { train: number; test: number }): number {
  const { warmupEpochs, epochsPerRound, batchSize } = options;
  const rounds = [warmupEpochs, ...new Array<number>(roundsOf(options)).fill(epochsPerRound)];
  return rounds.reduce((sum, epochs) => {
    const { round, epoch } = planReestimation({ train, test, batchSize, epochs });
    return sum + round + test + (epoch === undefined ? 0 : (epochs - 1) * (epoch + test));
  }, 0);
}

/** Returns the bytes of checkpoints and saved states of a run. */
function bytesOf(
  files: readonly string[],
  { optimizer }: RunOptions,
  { parameters: { all, prunable } }: Training,
): number {
  const checkpoint = BYTES_OF_WEIGHT * all + BYTES_OF_MASK * prunable;
  const slots = optimizer === 'adam' ? 2 : 1;
  const state = checkpoint + BYTES_OF_WEIGHT * all * slots;
  return files.reduce((sum, file) => sum + (file === STATE ? state : checkpoint), 0);
}
