/** The messages between a reader of HDF5 files and its thread. */
import type { Dtype } from '../dtypes';

/** The bytes to read: a range of a file on the disk, or a copy in memory. */
export type Source = { path: string; begin: number; end: number } | { bytes: Uint8Array };

export interface ThreadData {
  /**
   * Counts the start of the library and each read from the file. If the thread is busy, the count increases; if it hangs, the count stays
   * the same.
   */
  progress: Int32Array<SharedArrayBuffer>;
}

/** A group, with the attributes that Keras uses to describe it. */
export interface GroupFound {
  kind: 'group';
  path: string;
  attributes: Record<string, string[]>;
}

export interface DatasetFound {
  kind: 'dataset';
  path: string;
  shape: number[];
  /** The numbers of an `uncounted` dataset cannot be read, because of its type or for the given `reason`. */
  dtype: { counted: Dtype } | { uncounted: string; reason?: string };
  /** Shape of a chunk. Absent if the dataset is stored without chunks. */
  chunks?: number[];
}

export type Found = GroupFound | DatasetFound;

/** A request for a block of a dataset. For a scalar, `offset` and `count` are empty. */
export interface BlockAsked {
  path: string;
  offset: number[];
  count: number[];
  bytes: number;
}

export type Asked = { open: Source } | { read: BlockAsked } | { close: true };

/** Answers arrive in the order of the requests. A thread is not reusable if its library has aborted or uses much memory. */
export type Answer =
  | { found: Found[] }
  | { block: Uint8Array }
  | { closed: { reusable: boolean } }
  | { refused: string; aborted: boolean };
