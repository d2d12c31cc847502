/**
 * What crosses the engine's process boundary: types only, no code.
 *
 * The extension sends `Requests` and hears `Events` over JSON-RPC; the command line's `--json` prints the same result types.
 * Requests carry paths, never handles, so that they still make sense after the server has been restarted.
 */
import type { TransferVariant, RunOptions } from './runs/asked';
import type { RunDelta, RunSnapshot, RunStatus, RunSummary } from './runs/happened';
import type { CheckpointHeader, Comparison, Inspection, Marginals, Picture, Region } from './inspection/seen';

export type * from './runs/asked';
export type * from './runs/happened';
export type * from './inspection/seen';

// ── The machine ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface BackendReport {
  name: 'wasm' | 'tensorflow';
  usable: boolean;
  device: string;
  version: string;
  /** What is missing and the command that mends it, or empty. */
  problem: string;
}

export interface DoctorCheck {
  name: string;
  ok: boolean;
  detail: string;
  /** What to do, when not ok. */
  remedy?: string;
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
}

export interface Events {
  /** A followed run appeared, disappeared (`summary` absent) or changed in what a list shows. */
  'runs/changed': { directory: string; summary?: RunSummary };
  /** A followed run went on. At most ten a second for each run. */
  'run/changed': RunDelta;
}

export type RequestMethod = keyof Requests;
export type Params<M extends RequestMethod> = Requests[M][0];
export type Result<M extends RequestMethod> = Requests[M][1];
