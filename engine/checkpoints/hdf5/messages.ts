/** What passes between a reader of HDF5 and its thread. */
import type { Dtype } from '../dtypes';

/** Where the thread finds the bytes: a range of a file, or a copy of them. */
export type Source = { path: string; begin: number; end: number } | { bytes: Uint8Array };

export interface ThreadData {
  /** A counter of the reads from the file, by which a thread that is busy is told from one that hangs. */
  progress: Int32Array<SharedArrayBuffer>;
}

/** A group, with the attributes in which Keras describes it. */
export interface GroupFound {
  kind: 'group';
  path: string;
  attributes: Record<string, string[]>;
}

export interface DatasetFound {
  kind: 'dataset';
  path: string;
  shape: number[];
  /** An uncounted dataset is not read: its type is not one of ours, or `reason` says why. */
  dtype: { counted: Dtype } | { uncounted: string; reason?: string };
  /** Shape of its chunks; without it, the numbers are in one piece. */
  chunks?: number[];
}

export type Found = GroupFound | DatasetFound;

/** A block of a dataset; a scalar has no axes. */
export interface BlockAsked {
  path: string;
  offset: number[];
  count: number[];
  bytes: number;
}

export type Asked = { open: Source } | { read: BlockAsked } | { close: true };

/** Answers arrive in the order of the requests. A thread that is not reusable is ended. */
export type Answer =
  { found: Found[] } | { block: Uint8Array } | { closed: { reusable: boolean } } | { refused: string };
