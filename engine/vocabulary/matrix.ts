/** The comparison of several checkpoints in pairs. */
import type { CheckpointRef } from './checkpoint';
import type { LayerComparison, NameMap } from './inspection';

/** Greatest number of checkpoints in a matrix: 32 have 496 pairs. */
export const MOST_IN_MATRIX = 32;

/** Two checkpoints of a matrix. `a` and `b` are their places in the list of files, from 0 on; a < b. */
export interface MatrixPair {
  a: number;
  b: number;
  /** Number of layers that were compared. */
  layers: number;
  /** Number of layers of either file that were not compared. */
  unmatched: number;
  /** All compared layers together. Absent if no layer was compared. */
  total?: LayerComparison;
  /** Why no layer was compared. */
  reason?: string;
  /** The warnings of the comparison. They name the file. */
  warnings?: string[];
}

/** A file of a matrix that cannot be read. */
export interface UnreadableFile {
  /** Place of the file in the list of files, from 0 on. */
  place: number;
  /** What is wrong with the file; names the file. */
  reason: string;
}

export interface ComparisonMatrix {
  /** The paths of the checkpoints. */
  files: string[];
  /** Every pair once, in the order of `b`. */
  pairs: MatrixPair[];
  /** The files that cannot be read, in their order. Absent if there are none. Their pairs have this reason, too. */
  unreadable?: UnreadableFile[];
}

/** Layers of two files that the user has matched by hand. */
export interface MatchedFiles {
  a: string;
  b: string;
  map: NameMap;
}

export interface MatrixRequest {
  files: CheckpointRef[];
  /** Compares only the file at this place with those before it. By default, all pairs are compared. */
  row?: number;
  maps?: MatchedFiles[];
}
