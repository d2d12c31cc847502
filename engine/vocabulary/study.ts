/** Studies: their file, their plan and their tables. Types only. */
import type { RunStatus } from './runStatus';
import type { MeanOf } from './statistics';
import type { StudyChanges } from './studyChanges';
import type { KEEP_RULES, MEASURES, NODE_KINDS } from './studySchema';

export type NodeKind = keyof typeof NODE_KINDS;
export type Measure = keyof typeof MEASURES;
export type KeepRule = keyof typeof KEEP_RULES;

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
  keep?: KeepRule;
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
  /** Estimated bytes of all checkpoints and saved states that remain when all runs are done. */
  bytes: number;
  nodes: PlannedRun[];
  /** Run directories that the study file no longer describes. */
  changes?: StudyChanges;
  /** Sentences about searches by AWS in networks without normalization layers. */
  notes?: string[];
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
  /**
   * The options in which the run in its directory differs from the study file, which was changed since. It is kept and not executed.
   * `source` if it was made from a checkpoint that has been replaced since.
   */
  conflict?: readonly string[];
  /** The last Slurm job that was submitted for the run; absent if there is none, or if the run has ended. */
  job?: JobOfRun;
  epochs: number;
}

/** A job of a cluster that executes a run. */
export interface JobOfRun {
  /** Such as `12_3`, the task 3 of the array 12. */
  id: string;
  /** The state in the words of Slurm, such as PENDING. */
  state: string;
  /** Why it waits, in the words of Slurm, such as Priority. */
  reason?: string;
  /** The file with the output of the job. */
  log: string;
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
  /**
   * The baseline over all its runs. `unpaired`: there are differences between runs that have no axis of seeds in common. `groups`: its runs
   * differ in more than seeds, for example in the network, so texts and figures show these cells instead of `cell`.
   */
  baseline?: {
    node: string;
    cell: TableCell;
    unpaired?: boolean;
    groups?: { axes: Assignment; label: string; cell: TableCell }[];
  };
  /** Only if there are no rows: the nodes of the table, of which no run has a result yet. */
  missing?: string[];
}

/** Mean and sample standard deviation over `n` runs. */
export interface TableCell {
  mean: number;
  /** Absent if n = 1. */
  deviation?: number;
  n: number;
  /** Number of runs that diverged; they are not part of the mean. */
  diverged?: number;
  /** Number of runs that have no barrier between the ends. Their value only shows how far the ends differ. */
  withoutBarrier?: number;
  /**
   * Only for barriers of the test error of which some are `withoutBarrier`: over the runs with a barrier (absent if there is none), and half
   * the difference of the ends over those without. Texts and figures show these, and `mean` has all values as in the official code.
   */
  withBarrier?: MeanOf;
  halfDifference?: MeanOf;
  /**
   * Mean and sample standard deviation of the differences from the baseline, over n groups of runs with the same values of the shared axes.
   * The values of a group are averaged first. No deviation without a shared seed.
   */
  difference?: { mean: number; deviation?: number; n: number };
}

/** A cell as JSON, which has no NaN: the mean of a cell without a finite value is null. */
export type TableCellJson = Omit<TableCell, 'mean'> & { mean: number | null };

/** A table of a study as JSON. */
export type StudyTableJson = Omit<StudyTable, 'rows'> & {
  rows: (Omit<StudyTable['rows'][number], 'cells'> & { cells: (TableCellJson | null)[] })[];
};

export type StatusCounts = Partial<Record<StudyStatus, number>>;

/** A study in a list. */
export interface StudySummary {
  /** Absolute path of the study file. */
  file: string;
  /** The name of the file without `.study.json`. */
  name: string;
  question?: string;
  /** Absolute path of the folder with the run directories. */
  folder: string;
  /** The names of the nodes. The name of a run begins with that of its node. */
  nodes?: string[];
  counts: StatusCounts;
  /** Whether a process or jobs of Slurm execute the study now, and whether the process was asked to stop. */
  executing: boolean;
  stopping: boolean;
  /** Estimated seconds until the last run ends. Absent until the speed is known. */
  secondsLeft?: number;
  /** What the jobs in Slurm do that have not ended: “2 running on node7”, “9 pending (Priority)”, “1 requeued (BeginTime)”. */
  slurmJobs?: string[];
  /**
   * Why Slurm could not be asked about the jobs of the study, so that the states are those that were last known. Otherwise, why jobs do not
   * begin by themselves, and what can be done.
   */
  slurmProblem?: string;
  /** Run directories that the study file no longer describes. */
  changes?: StudyChanges;
}

/** A study that cannot be read, or a file that is no study. */
export interface StudyProblem {
  file: string;
  message: string;
}

/** A run of a study in its panel. */
export interface StudyRunRow {
  name: string;
  node: string;
  kind: NodeKind;
  axes: Assignment;
  /** Names of the runs whose checkpoints this run needs. */
  needs: string[];
  status: StudyStatus;
  directory: string;
  /** Why the run failed, diverged or was interrupted. */
  message?: string;
  /** Share of the work that is done, from 0 to 1. Only while the run is running, stopped or interrupted. */
  progress?: number;
  /** The result of the run, once it has one: the test accuracy in percent (of a search: after its last round), or a barrier in points. */
  value?: number;
  /** Whether there is no barrier between the ends. The value is then half their difference. */
  withoutBarrier?: boolean;
  /** For searches: accuracy in percent and share of kept weights of each round. */
  rounds?: { round: number; kept: number; accuracy: number; checkpoint: string }[];
  /** What a scheduler says about the job of this run, for example “pending (Priority), job 123_4: jobs with a higher priority are first”. */
  job?: string;
}

/** Everything that a study panel draws. */
export interface StudySnapshot extends StudySummary {
  /** The values of each axis, in the order of the file. */
  axes: Record<string, Scalar[]>;
  /** All runs in the order of the expansion. */
  runs: StudyRunRow[];
  tables: StudyTableJson[];
  /** Sentences about the data, the devices and the version that the numbers come from. */
  provenance?: string[];
}

/** The changes of a snapshot. `runs` has only those rows that changed. After `reset` the receiver asks for a new snapshot. */
export interface StudyDelta {
  file: string;
  reset: boolean;
  runs: StudyRunRow[];
  summary: StudySummary;
  /** All tables, if one has changed. */
  tables?: StudyTableJson[];
  provenance?: string[];
}
