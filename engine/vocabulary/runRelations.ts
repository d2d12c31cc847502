/** The relations of a run to the other runs of a list: its sources and its differences. Types only. */
import type { FactValue } from './facts';
import type { RunSnapshot, RunSummary } from './runSummary';

export type { FactValue };

/** A fact that describes a run, such as `learningRate`, `model.widths` or `source.rounds`. */
export interface Fact {
  name: string;
  value: FactValue;
}

/** The role of a checkpoint in its run: a round, or a checkpoint that belongs to no round. */
export type CheckpointRole = number | 'initialization' | 'rewind' | 'final';

/** A checkpoint that a run was made from. */
export interface SourceCheckpoint {
  /** Absolute path: the current path if a listed run wrote the file, otherwise the path at the time when the run was made. */
  file: string;
  sha256: string;
  /** Label, for example “aws/round-03”. */
  label: string;
  /** Directory of the listed run that wrote the checkpoint, found by the SHA-256 of the file. */
  run?: string;
  role?: CheckpointRole;
}

export type PairKind =
  | 'linear-mode-connectivity'
  | 'noise-stability'
  | 'initialization-stability'
  /** Known, but none of the above. */
  | 'other'
  /** At least one end was not written by a known run. */
  | 'unknown';

/** What the ends of a connectivity run have in common. */
export interface Pair {
  kind: PairKind;
  /** The kind in words, with the seeds. */
  sentence: string;
}

export interface RunRelations {
  /** The checkpoint that a `train` run started from, or A and B of a connectivity run. */
  sources: SourceCheckpoint[];
  /** Key of the experiment. Runs have the same key if they differ only in seeds and in the round from which they started. */
  experiment: string;
  /** The seeds of the run. The seeds of its sources have the prefix `source.`. */
  seeds: Record<string, number>;
  /** The facts that differ among the listed runs of this kind, method and model, except seeds. All these runs list the same facts. */
  differs: Fact[];
  /** Only for connectivity runs. */
  pair?: Pair;
}

/** A run in a list, with its relations to the other runs. */
export type ListedRun = RunSummary & RunRelations;

/** A run in a panel, with its relations to the other followed runs. */
export type RelatedSnapshot = RunSnapshot & RunRelations;
