/** How a run relates to the other runs of a list: what it was made from, and what tells it apart. Types only. */
import type { FactValue } from './facts';
import type { RunSnapshot, RunSummary } from './runSummary';

export type { FactValue };

/** One thing that describes a run, such as `learningRate`, `model.widths` or `source.rounds`. */
export interface Fact {
  name: string;
  value: FactValue;
}

/** Which of its run's checkpoints a file is: that of a round, or one of those that belong to no round. */
export type CheckpointRole = number | 'initialization' | 'rewind' | 'final';

/** A checkpoint that a run was made from. */
export interface SourceCheckpoint {
  /** Absolute path: where the file is now if a listed run wrote it, else where it was when the run was made. */
  file: string;
  sha256: string;
  /** Such as “aws/round-03”. */
  label: string;
  /** Directory of the listed run that wrote it, found by the SHA-256 of its checkpoints. */
  run?: string;
  role?: CheckpointRole;
}

export interface RunRelations {
  /** The checkpoint that a `train` run started from, or A and B of a connectivity run. */
  sources: SourceCheckpoint[];
  /** The same for runs that differ in nothing but seeds and in which round of a search they started from. */
  experiment: string;
  /** The seeds of the run and, under `source.`, those of the runs it was made from. */
  seeds: Record<string, number>;
  /** What is not the same in all listed runs of this kind, method and model, seeds aside. Every one of them has the same names here. */
  differs: Fact[];
}

/** A run as a list shows it, among the other runs of the list. */
export type ListedRun = RunSummary & RunRelations;

/** A run as a panel draws it, among the other runs that are followed. */
export type RelatedSnapshot = RunSnapshot & RunRelations;
