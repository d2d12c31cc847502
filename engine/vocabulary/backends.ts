/** Which backends a machine has, how fast they train, and what `doctor` found. Types only. */
import type { ModelSpec } from './runOptions';

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

/** How many threads a CPU backend computes on, and what decided that. */
export interface ThreadLimit {
  threads: number;
  by: 'WINNING_SIGN_THREADS' | 'processors' | 'cgroup' | 'SLURM_CPUS_PER_TASK' | 'OMP_NUM_THREADS';
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
