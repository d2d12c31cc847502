/** Reads a GGUF file by ranges. Its quantized tensors are read as float32. */
import { quote } from '../../json/strict';
import { sizeOf } from '../../tensors';
import type { UncountedTensor } from '../../vocabulary/checkpoint';
import { sizeOfDtype } from '../dtypes';
import type { RangedFile } from '../file';
import { asInvalid, noTensors, RefusedError } from '../invalid';
import { readerOf, type CheckpointReader, type ReadableTensor } from '../reader';
import type { FillStorage } from '../strided';
import { Cursor } from '../window';
import { readHeader, type TensorLine } from './header';
import { BLOCKS, LISTED, PLAIN, type Blocks } from './types';

/** Reads the header. Tensors are read later. Closing the reader closes the file. */
export async function readGguf(file: RangedFile): Promise<CheckpointReader> {
  try {
    const { metadata, lines, start } = await readHeader(new Cursor(file));
    const tensors: ReadableTensor[] = [];
    const uncounted: UncountedTensor[] = [];
    for (const line of lines) {
      const tensor = tensorOf(line, file, start);
      if ('fill' in tensor) tensors.push(tensor);
      else uncounted.push(tensor);
    }
    if (lines.length === 0) throw noTensors(file.name);
    const close = () => file.close();
    return readerOf(tensors, { file: file.name, format: 'gguf', metadata, uncounted, close });
  } catch (error) {
    throw asInvalid(file.name, 'GGUF file', error);
  }
}

function tensorOf(line: TensorLine, file: RangedFile, start: number): ReadableTensor | UncountedTensor {
  const { name, shape, type } = line;
  const begin = start + line.offset;
  const plain = PLAIN[type];
  if (plain) {
    checkPlace(line, { begin, file, count: 1, bytes: sizeOfDtype(plain) });
    return { name, shape, dtype: plain, fill: (into, from) => file.fill(into, begin + from) };
  }
  const blocks = BLOCKS[type];
  if (blocks) {
    checkPlace(line, { begin, file, ...blocks });
    const fill = fillOfBlocks(blocks, (into, from) => file.fill(into, begin + from));
    const storedBytes = (sizeOf(shape) / blocks.count) * blocks.bytes;
    return { name, shape, dtype: 'float32', quantization: blocks.name, storedBytes, fill };
  }
  const [dtype, count, bytes] = LISTED[type] ?? [];
  if (dtype === undefined)
    throw new RefusedError(
      `tensor ${quote(name)} has the unknown type ${type}`,
      'Convert the model again with a known type, such as F16 or Q8_0.',
    );
  checkPlace(line, { begin, file, count: count!, bytes: bytes! });
  return { name, shape, dtype, reason: 'its blocks are not decoded (those of Q4_0, Q4_K and Q8_0 are)' };
}

/** Checks that the rows of a tensor consist of whole blocks, and that the file contains all of them. */
function checkPlace(
  { name, shape, offset }: TensorLine,
  { begin, file, count, bytes }: { begin: number; file: RangedFile; count: number; bytes: number },
): void {
  const row = shape.at(-1) ?? 1;
  if (row % count !== 0)
    throw new Error(`tensor ${quote(name)} has rows of ${row} numbers, which is not a multiple of ${count}`);
  const end = begin + (sizeOf(shape) / count) * bytes;
  if (!Number.isSafeInteger(offset) || !(end <= file.size))
    throw new Error(`tensor ${quote(name)} ends at byte ${end}, but the file has only ${file.size} bytes`);
}

/** Greatest number of bytes that are read at once. */
const PIECE = 2 ** 22;

/** Returns a function that reads the numbers in blocks as float32. */
function fillOfBlocks({ count, bytes, dequantize }: Blocks, fill: FillStorage): FillStorage {
  const most = Math.floor(PIECE / bytes);
  return async (into, from) => {
    const [first, last] = [from / 4, (from + into.length) / 4]; // ranges begin and end at numbers
    const numbers = new Float32Array(count);
    for (let block = Math.floor(first / count); block * count < last;) {
      const stop = Math.min(Math.ceil(last / count), block + most);
      const piece = new Uint8Array((stop - block) * bytes);
      await fill(piece, block * bytes);
      const view = new DataView(piece.buffer);
      for (let at = 0; block < stop; block++, at += bytes) {
        dequantize(view, at, numbers);
        const begin = Math.max(first, block * count);
        const end = Math.min(last, (block + 1) * count);
        const part = numbers.subarray(begin - block * count, end - block * count);
        into.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), 4 * (begin - first));
      }
    }
  };
}
