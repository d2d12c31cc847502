/** The file formats that are opened. A file is recognized by its content; its name decides only between formats that look alike. */
import type { RangedFile } from './file';
import type { CheckpointReader } from './reader';
import { readNpy, readNpz } from './numpy/read';
import { readPickled } from './pytorch/legacy';
import { readPyTorchZip } from './pytorch/zip';
import {
  looksLikeJson,
  looksLikeNpy,
  looksLikeNpz,
  looksLikePickle,
  looksLikeSafetensors,
  looksLikePyTorchZip,
} from './recognize';
import { readSafetensors } from './safetensors';
import { readSharded } from './sharded';

export interface Format {
  /** For people and for JSON. */
  name: string;
  /** `head` is the beginning of the file, up to `RECOGNIZED_BYTES`. */
  recognizes(head: Uint8Array, file: RangedFile): boolean;
  /** Reads no tensor. The reader then owns the file. Throws UserError if the file is not sound. */
  open(file: RangedFile): Promise<CheckpointReader>;
}

/** In the order in which they are tried. */
export const FORMATS: readonly Format[] = [
  { name: 'safetensors', recognizes: looksLikeSafetensors, open: readSafetensors },
  { name: 'safetensors-sharded', recognizes: looksLikeJson, open: readSharded },
  { name: 'npz', recognizes: looksLikeNpz, open: readNpz },
  { name: 'npy', recognizes: looksLikeNpy, open: readNpy },
  { name: 'pytorch', recognizes: looksLikePyTorchZip, open: readPyTorchZip },
  { name: 'pytorch-legacy', recognizes: looksLikePickle, open: readPickled },
];
