/** Studies: their file, their plan and their tables. Types only. */
import type { RunStatus } from './runStatus';
import type { MEASURES, NODE_KINDS } from './studySchema';

export type NodeKind = keyof typeof NODE_KINDS;
export type Measure = keyof typeof MEASURES;

export type Scalar = string | number | boolean;
/** Values of axes, by axis. A value with options has its name. */
export type Assignment = Readonly<Record<string, Scalar>>;

/** A value of an axis that replaces several options. */
export interface NamedValue {
  name: string;
  set: Readonly<Record<string, unknown>>;
}

/** `all` and `kept` are only for the axis “round”. */
export type Axis = readonly (Scalar | NamedValue)[] | 'all' | { kept: readonly number[] };

/** `NODE#CHECKPOINT`, or its parts. */
export type SourceRef = string | { node: string; checkpoint?: string; where?: Assignment };

export interface StudyNode {
  run: NodeKind;
  over: readonly string[];
  include?: readonly Assignment[];
  exclude?: readonly Assignment[];
  set?: Readonly<Record<string, unknown>>;
  from?: SourceRef;
  a?: SourceRef;
  b?: SourceRef;
}

export interface ResultSpec {
  title?: string;
  of: string | readonly string[];
  measure: Measure;
  rows: readonly string[];
  columns?: string;
  baseline?: string;
}

/** The content of a study file, with its defaults. */
export interface StudyFile {
  question?: string;
  options: Readonly<Record<string, unknown>>;
  axes: Readonly<Record<string, Axis>>;
  nodes: Readonly<Record<string, StudyNode>>;
  results: Readonly<Record<string, ResultSpec>>;
}

/** `queued`: the run has not begun, and everything that it needs is there. `waiting`: another run must end first. */
export type StudyStatus = RunStatus | 'queued';

/** The reply to `study plan --json`. */
export interface StudyPlan {
  /** Number of runs, and how many of them have ended already. */
  runs: number;
  existing: number;
  /** Epochs that are still to be trained. */
  epochs: number;
  /** Estimated seconds for them on this machine; absent if the speed is unknown. */
  seconds?: number;
  /** Estimated bytes of all checkpoints and states of the study. */
  bytes: number;
  nodes: PlannedRun[];
}

export interface PlannedRun {
  /** Name of the run, which is the name of its directory. */
  name: string;
  node: string;
  kind: NodeKind;
  axes: Assignment;
  /** Names of the runs whose checkpoints this run needs. */
  needs: string[];
  status: StudyStatus;
  /** Why the run failed, or what is wrong with its directory. */
  message?: string;
  epochs: number;
}

/** The reply to `study table --json`. */
export interface StudyTable {
  name: string;
  title?: string;
  measure: Measure;
  columns: string[];
  rows: {
    axes: Assignment;
    label: string;
    /** Mean percent of kept weights over the runs that have a mask; absent if none has. */
    kept?: number;
    cells: (TableCell | null)[];
  }[];
  /** The baseline over all its runs. */
  baseline?: { node: string; cell: TableCell };
}

/** Mean and sample standard deviation over `n` runs. */
export interface TableCell {
  mean: number;
  /** Absent if n = 1. */
  deviation?: number;
  n: number;
  /** Number of runs that diverged; they are not part of the mean. */
  diverged?: number;
  /** Mean and sample standard deviation of the differences from the baseline, over runs with the same values of the shared axes. */
  difference?: { mean: number; deviation?: number; n: number };
}
