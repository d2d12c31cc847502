/** The backends of a machine, their speeds, and the checks of `doctor`. Types only. */
import type { ModelSpec } from './runOptions';

export interface BackendReport {
  name: 'wasm' | 'webgpu' | 'tensorflow';
  usable: boolean;
  device: string;
  version: string;
  /** What is missing and the command that fixes it; empty if it is usable. */
  problem: string;
  /** Whether it is a software (CPU) implementation of Vulkan, which `auto` never chooses. */
  software?: boolean;
}

/** The number of threads of a CPU backend, and the limit that decided it. */
export interface ThreadLimit {
  threads: number;
  by: 'WINNING_SIGN_THREADS' | 'processors' | 'cgroup' | 'SLURM_CPUS_PER_TASK' | 'OMP_NUM_THREADS';
}

/** How fast a backend trains. */
export interface Speed {
  name: BackendReport['name'];
  /** 0 if it failed; `problem` then says why. */
  examplesPerSecond: number;
  problem?: string;
}

/** Measured speeds of one network on each backend that `auto` may choose, the fastest first. */
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
  /** What to do if the check failed. */
  remedy?: string;
}
