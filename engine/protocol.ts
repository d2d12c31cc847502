/**
 * What crosses the engine's process boundary: types only, no code.
 *
 * The extension sends `Requests` and hears `Events` over JSON-RPC; the command line's `--json` prints the same result types.
 * Requests carry paths, never handles, so that they still make sense after the server has been restarted.
 */
import type { DoctorCheck } from './vocabulary/backends';
import type { CheckpointHeader } from './vocabulary/checkpoint';
import type { Comparison, Inspection, Marginals, Picture, Region } from './vocabulary/inspection';
import type { InstallPlan, InstallProgress } from './vocabulary/installation';
import type { FileProblems } from './vocabulary/problems';
import type { RunRequest, Started } from './vocabulary/runRequest';
import type { ListedRun, RelatedSnapshot } from './vocabulary/runRelations';
import type { RunChange, RunDelta, RunList } from './vocabulary/runSummary';
import type { RunStatus } from './vocabulary/runStatus';

export type * from './vocabulary/backends';
export type * from './vocabulary/checkpoint';
export type * from './vocabulary/inspection';
export type * from './vocabulary/installation';
export type * from './vocabulary/problems';
export type * from './vocabulary/runEvents';
export type * from './vocabulary/runOptions';
export type * from './vocabulary/runRecord';
export type * from './vocabulary/runRequest';
export type * from './vocabulary/runRelations';
export type * from './vocabulary/runStatus';
export type * from './vocabulary/runSummary';

export interface Requests {
  /** All runs below these folders; from then on `runs/changed` and `run/changed` speak of them. Replaces the folders of an earlier call. */
  'runs/follow': [{ folders: string[] }, RunList<ListedRun>];
  'run/snapshot': [{ directory: string }, RelatedSnapshot];
  /**
   * Checks a new run as the terminal does, makes its directory, starts a detached runner. With warnings, and not `confirmed`, it
   * returns them and writes nothing. A run with the same options that was stopped or interrupted is resumed.
   */
  'run/start': [RunRequest & { confirmed?: boolean }, Started];
  'run/resume': [{ directory: string }, { directory: string }];
  /** Returns at once. While `stopping`, the run finishes its current step and saves its state; `run/changed` reports its end. */
  'run/stop': [{ directory: string }, { status: RunStatus; stopping: boolean }];
  'checkpoint/open': [{ file: string }, CheckpointHeader];
  'checkpoint/statistics': [{ file: string }, Inspection];
  'checkpoint/picture': [{ file: string; against?: string; layer: string; region: Region; maxSize: number }, Picture];
  'checkpoint/marginals': [{ file: string; layer: string }, Marginals];
  'checkpoint/compare': [{ a: string; b: string }, Comparison];
  'engine/doctor': [Record<string, never>, DoctorCheck[]];
  /** What installing TensorFlow would do. Asks pip, which asks its index; downloads nothing. */
  'backend/plan': [{ gpu: boolean }, InstallPlan];
  /** Does what a plan says that a person agreed to; tells `backend/progress`. Cancelled, it leaves what was there. */
  'backend/install': [{ plan: InstallPlan }, { version: string }];
  /** Removes the private install; the folder it was in, if there was one. */
  'backend/uninstall': [Record<string, never>, { removed?: string }];
}

export interface Events {
  'runs/changed': RunChange<ListedRun>;
  /** A followed run went on. At most ten a second for each run. */
  'run/changed': RunDelta;
  'backend/progress': InstallProgress;
}

/** What a failed request says beside its sentence. */
export interface ErrorDetails {
  /** Of a bug, for the log. */
  stack?: string;
  /** What is wrong in a file that a person wrote. */
  problems?: FileProblems;
}

export type RequestMethod = keyof Requests;
export type Params<M extends RequestMethod> = Requests[M][0];
export type Result<M extends RequestMethod> = Requests[M][1];
