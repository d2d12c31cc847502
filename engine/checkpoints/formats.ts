/** The supported file formats. A file is recognized by its content, not by its name. */
import type { RangedFile } from './file';
import type { CheckpointReader } from './reader';
import { readFlax } from './flax/read';
import { readGguf } from './gguf/read';
import { readHdf5, readKeras } from './hdf5/read';
import { readNpy, readNpz } from './numpy/read';
import { readOnnx } from './onnx/read';
import { readPickled } from './pytorch/legacy';
import { readPyTorchZip } from './pytorch/zip';
import {
  looksLikeFlax,
  looksLikeGguf,
  looksLikeHdf5,
  looksLikeJson,
  looksLikeKeras,
  looksLikeNpy,
  looksLikeNpz,
  looksLikeOnnx,
  looksLikePickle,
  looksLikeSafetensors,
  looksLikeTfjs,
  looksLikePyTorchZip,
} from './recognize';
import { readSafetensors } from './safetensors';
import { readSharded } from './sharded';
import { readTfjs } from './tfjs/read';

export interface Format {
  /** Name for messages and JSON. */
  name: string;
  /** Whether a file has this format. `head` has the first `RECOGNIZED_BYTES` of the file. */
  recognizes(head: Uint8Array, file: RangedFile): boolean;
  /** Reads only the header. Closing the reader closes the file. Throws UserError if the file is not valid. */
  open(file: RangedFile): Promise<CheckpointReader>;
  /**
   * End of the file name. If the content of a file is not recognized, its name chooses the format, and the reader of that format says what
   * is wrong.
   */
  ending?: string;
}

/** The formats, in the order in which they are tried. */
export const FORMATS: readonly Format[] = [
  { name: 'safetensors', recognizes: looksLikeSafetensors, open: readSafetensors, ending: '.safetensors' },
  { name: 'tfjs', recognizes: looksLikeTfjs, open: readTfjs },
  { name: 'safetensors-sharded', recognizes: looksLikeJson, open: readSharded },
  { name: 'npz', recognizes: looksLikeNpz, open: readNpz },
  { name: 'npy', recognizes: looksLikeNpy, open: readNpy },
  { name: 'hdf5', recognizes: looksLikeHdf5, open: readHdf5 },
  { name: 'keras', recognizes: looksLikeKeras, open: readKeras },
  { name: 'pytorch', recognizes: looksLikePyTorchZip, open: readPyTorchZip },
  { name: 'pytorch-legacy', recognizes: looksLikePickle, open: readPickled },
  { name: 'gguf', recognizes: looksLikeGguf, open: readGguf },
  { name: 'flax', recognizes: looksLikeFlax, open: readFlax, ending: '.msgpack' },
  { name: 'onnx', recognizes: looksLikeOnnx, open: readOnnx, ending: '.onnx' },
];
