/**
 * What crosses the engine's process boundary: types only, no code.
 *
 * The extension sends `Requests` and hears `Events` over JSON-RPC; the command line's `--json` prints the same result types.
 * Requests carry paths, never handles, so that they still make sense after the server has been restarted.
 */
import type { ModelSpec, TransferVariant, RunOptions } from './vocabulary/runOptions';
import type { RunDelta, RunSnapshot, RunStatus, RunSummary } from './vocabulary/runEvents';
import type { CheckpointHeader, Comparison, Inspection, Marginals, Picture, Region } from './vocabulary/inspection';

export type * from './vocabulary/runOptions';
export type * from './vocabulary/runEvents';
export type * from './vocabulary/inspection';

// ── The machine ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface BackendReport {
  name: 'wasm' | 'webgpu' | 'tensorflow';
  usable: boolean;
  device: string;
  version: string;
  /** What is missing and the command that mends it, or empty. */
  problem: string;
  /** A processor in the place of a GPU, which `auto` never takes. */
  software?: boolean;
}

/** How fast a backend trains. */
export interface Speed {
  name: BackendReport['name'];
  /** 0 where it failed, and then `problem` says how. */
  examplesPerSecond: number;
  problem?: string;
}

/** Training steps of one network, measured on each backend that `auto` may take; the fastest first. */
export interface Calibration {
  model: ModelSpec;
  data: { height: number; width: number; channels: number; classes: number };
  batchSize: number;
  /** ISO 8601. */
  at: string;
  speeds: Speed[];
}

export interface DoctorCheck {
  name: string;
  ok: boolean;
  detail: string;
  /** What to do, when not ok. */
  remedy?: string;
}

/** A file that installing a backend fetches. */
export interface Download {
  name: string;
  version: string;
  url: string;
  /** Absent where its server does not say. */
  bytes?: number;
  /** `sha256:HEX` of a wheel, or npm's `sha512-BASE64`; what arrives must have it. Empty where pip is too old to tell before it downloads. */
  hash: string;
}

/** What installing TensorFlow would do; nothing of it has been done. */
export interface InstallPlan {
  /** The folder it goes to. */
  home: string;
  gpu: boolean;
  /** Path of the Python that is used, and its version. */
  python: { path: string; version: string; pip: string };
  tensorflow: {
    /** The newest that pip finds, or the one in place; empty where pip is too old to tell. */
    version: string;
    /** The folder of the TensorFlow that this Python has, used where it lies. */
    inPlace?: string;
    /** Its packages of CUDA libraries. */
    nvidia?: string[];
  };
  downloads: Download[];
  /** Path of the folder of an npm package tfjs-node that is here already. */
  tfjsNode?: string;
  compiler: string;
  /** The version that is installed now, and would be replaced. */
  replaces?: string;
}

/** How far an installation is; `fraction` is of this step, where it is known. */
export interface InstallProgress {
  step: 'downloading' | 'unpacking' | 'compiling' | 'trying' | 'placing';
  message: string;
  fraction?: number;
}

// ── The two maps ─────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Requests {
  /** All runs below these folders; from then on `runs/changed` and `run/changed` speak of them. Replaces the folders of an earlier call. */
  'runs/follow': [{ folders: string[] }, RunSummary[]];
  'run/snapshot': [{ directory: string }, RunSnapshot];
  /** Checks a run file (or options), writes run.json into a new directory below `folder`, starts a detached runner. */
  'run/start': [
    { folder: string; file: string } | { folder: string; name: string; options: Partial<RunOptions> },
    { directory: string },
  ];
  'run/resume': [{ directory: string }, { directory: string }];
  /** Settles when the runner has saved its state and ended. */
  'run/stop': [{ directory: string }, { status: RunStatus }];
  'run/transfer': [
    { folder: string; checkpoint: string; variant: TransferVariant; seed: number },
    { directory: string },
  ];
  'run/connectivity': [{ folder: string; a: string; b: string; points: number }, { directory: string }];
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
  /** A followed run appeared, disappeared (`summary` absent) or changed in what a list shows. */
  'runs/changed': { directory: string; summary?: RunSummary };
  /** A followed run went on. At most ten a second for each run. */
  'run/changed': RunDelta;
  'backend/progress': InstallProgress;
}

export type RequestMethod = keyof Requests;
export type Params<M extends RequestMethod> = Requests[M][0];
export type Result<M extends RequestMethod> = Requests[M][1];
