/** The messages between a reader of HDF5 files and its thread. */
import type { Dtype } from '../dtypes';

/** The bytes to read: a range of a file on the disk, or a copy in memory. */
export type Source = { path: string; begin: number; end: number } | { bytes: Uint8Array };

export interface ThreadData {
  /** A counter by which a thread that is busy is told from one that hangs: 1 for the start of the library, then 1 for each read from the file. */
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

/** Answers arrive in the order of the requests. A thread whose library has aborted, or uses much memory, is not used again. */
export type Answer =
  | { found: Found[] }
  | { block: Uint8Array }
  | { closed: { reusable: boolean } }
  | { refused: string; aborted: boolean };
