/** MNIST's own format (yann.lecun.com/exdb/mnist): big-endian sizes, then bytes. Also Fashion-MNIST, KMNIST, EMNIST. */
import path from 'node:path';
import { sizeOf } from '../tensors';
import { badFile } from './fields';
import { readFirst } from './files';
import type { RawSplit } from './split';

/** The four files of a folder, by MNIST's names, gzipped or not. */
export async function readIdx(folder: string): Promise<{ train: RawSplit; test: RawSplit }> {
  return { train: await readSplit(folder, 'train'), test: await readSplit(folder, 't10k') };
}

async function readSplit(folder: string, split: 'train' | 't10k'): Promise<RawSplit> {
  const images = await readArray(folder, `${split}-images`, 3);
  const labels = await readArray(folder, `${split}-labels`, 1);
  const [count, height, width] = images.shape as [number, number, number];
  return { file: images.file, images: images.bytes, shape: [count, height, width, 1], labels: labels.bytes };
}

async function readArray(folder: string, name: string, dimensions: 1 | 3) {
  const spellings = [`${name}-idx${dimensions}-ubyte`, `${name}.idx${dimensions}-ubyte`];
  const candidates = spellings.flatMap((spelling) => [spelling, `${spelling}.gz`]);
  const { file, bytes } = await readFirst(candidates.map((candidate) => path.join(folder, candidate)));
  const header = 4 + 4 * dimensions;
  if (bytes.length < header) throw badFile(file, `has only ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint32(0) !== 0x800 + dimensions) {
    throw badFile(file, `is not an IDX file of bytes in ${dimensions} dimension(s)`);
  }
  const shape = Array.from({ length: dimensions }, (_, i) => view.getUint32(4 + 4 * i));
  if (sizeOf(shape) !== bytes.length - header) {
    throw badFile(file, `should hold ${sizeOf(shape)} bytes after its header, but holds ${bytes.length - header}`);
  }
  return { file, shape, bytes: bytes.subarray(header) };
}
