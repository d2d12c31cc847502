/** The backends of a machine, their speeds, and the checks of `doctor`. Types only. */
import type { KernelSet, OperationSet } from './runEvents';
import type { ModelSpec } from './runOptions';

export interface BackendReport {
  name: 'wasm' | 'webgpu' | 'tensorflow';
  usable: boolean;
  device: string;
  version: string;
  /** The reason why the backend is not usable, and the command that fixes it. Empty if the backend is usable. */
  problem: string;
  /** Whether the backend uses a software (CPU) implementation of Vulkan. `auto` never chooses such a backend. */
  software?: boolean;
  /** The set of kernels of a new run on `wasm`, without `fused`, which only a run finds out. Absent for other backends. */
  kernels?: KernelSet;
  /** Winning Sign's operations in TensorFlow. Absent if there are none, or for other backends. */
  operations?: OperationSet;
  /** The reason why a usable TensorFlow does not use Winning Sign's operations, and how to get them. */
  operationsProblem?: string;
}

/** The number of threads of a CPU backend, and the limit that determined this number. */
export interface ThreadLimit {
  threads: number;
  by: 'WINNING_SIGN_THREADS' | 'processors' | 'cgroup' | 'SLURM_CPUS_PER_TASK' | 'OMP_NUM_THREADS';
}

/** The training speed of a backend. */
export interface Speed {
  name: BackendReport['name'];
  /** 0 if the measurement failed. Then `problem` has the reason. */
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
  /** Whether the check is about something that is missing but not needed. Then `ok` is true, and `detail` says how to get it. */
  optional?: true;
  detail: string;
  /** The action that fixes a failed check. */
  remedy?: string;
}
