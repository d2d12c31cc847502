/** The data of a run for lists and panels. Types only. */
import type { LayerShape } from './checkpoint';
import type {
  BackendChoice,
  CurvePoint,
  EpochResult,
  LossPoint,
  Plane,
  RoundResult,
  RunResult,
  SurfacePoint,
} from './runEvents';
import type { RunNotes } from './runNotes';
import type { TransferredLayer } from './transferSigns';
import type { RunStatus } from './runStatus';
import type { Method, RunOptions } from './runOptions';
import type { ConnectivityEnds, RunKind, RunRecord, TrainSource } from './runRecord';

export interface RunProgress {
  round: number;
  rounds: number;
  epoch: number;
  epochs: number;
  step: number;
  steps: number;
  /** Remaining seconds, estimated from the steps so far. Absent until the speed is known. */
  secondsLeft?: number;
}

/** A run in a list. */
export interface RunSummary {
  directory: string;
  /** Name of the run directory. The checkpoints contain `record.name` instead, which may be equal for several runs. */
  name: string;
  kind: RunKind;
  method: Method;
  model: string;
  dataset: string;
  seed: number;
  /** Seed for the data order and the augmentation, if it is not `seed`. */
  dataSeed?: number;
  /** Options that differ from their default. Method, model and dataset have no default. */
  options: Partial<RunOptions>;
  status: RunStatus;
  /** Whether the run is running and was asked to stop. */
  stopping: boolean;
  /** The reason why the run failed, diverged or was interrupted. */
  message?: string;
  /** Warnings from the training, without repetition: an empty layer, or an exploding loss. */
  warnings?: string[];
  /** For `train` runs: the initialization or the transfer that the run started from. */
  source?: TrainSource;
  ends?: ConnectivityEnds;
  /** The current position, or the last position if the run ended early. */
  progress?: RunProgress;
  backend?: BackendChoice;
  /** Absolute path of the output of a detached runner, if the file exists. */
  log?: string;
  /** Absolute path of the checkpoint of the initialization. Absent until it is written. */
  initialization?: string;
  /** Hash of the images and labels. Absent until they are loaded, and in logs of version 0.1. */
  datasetSha256?: string;
  rounds: Pick<
    RoundResult,
    'round' | 'sparsity' | 'test' | 'reestimated' | 'checkpoint' | 'gradientNorm' | 'imagesPerSecond'
  >[];
  result?: RunResult;
  /** Times of the first and of the newest event, in milliseconds since the epoch. Absent until the run has begun. */
  started?: number;
  updated?: number;
  /** Seconds that its processes have worked, without the time between a stop and the next resume. */
  seconds?: number;
  /** What the user has noted. Absent or empty if there is nothing. */
  notes?: RunNotes;
}

/** A run that could not be read, or whose last read failed. */
export interface RunProblem {
  directory: string;
  /** A message for the user, for example “run.json is not valid JSON at line 3, column 1.” */
  message: string;
}

/** The runs of some folders. */
export interface RunList<R = RunSummary> {
  runs: R[];
  problems: RunProblem[];
}

/**
 * A run appeared, changed, or was removed (neither `summary` nor `problem`). A run that could not be read has a `problem`. It also has its
 * last `summary`, if it was read before.
 */
export interface RunChange<R = RunSummary> {
  directory: string;
  summary?: R;
  problem?: string;
}

/**
 * Everything that a run panel draws. If there are more than 2,000 `losses`, only the extremes of 1,000 stretches and the newest loss are
 * kept.
 */
export interface RunSnapshot extends Omit<RunSummary, 'rounds'> {
  record: RunRecord;
  layers: LayerShape[];
  parameters: { prunable: number; all: number };
  /** For a transfer: the signs of the start network. Absent until it has started, and in runs of earlier versions. */
  transferred?: TransferredLayer[];
  losses: LossPoint[];
  epochs: EpochResult[];
  rounds: RoundResult[];
  points: CurvePoint[];
  /** Only for loss surfaces: the measured points, and the plane once it is known. */
  cells?: SurfacePoint[];
  plane?: Plane;
}

/** The changes of a snapshot: `append` adds to its lists, `set` replaces fields. After `reset` the receiver asks for a new snapshot. */
export interface RunDelta {
  directory: string;
  reset: boolean;
  append: Partial<Pick<RunSnapshot, 'losses' | 'epochs' | 'rounds' | 'points' | 'cells'>>;
  set: Partial<
    Pick<
      RunSnapshot,
      | 'status'
      | 'stopping'
      | 'message'
      | 'warnings'
      | 'progress'
      | 'backend'
      | 'layers'
      | 'parameters'
      | 'transferred'
      | 'initialization'
      | 'datasetSha256'
      | 'result'
      | 'plane'
      | 'started'
      | 'updated'
      | 'seconds'
      | 'notes'
    >
  >;
}
