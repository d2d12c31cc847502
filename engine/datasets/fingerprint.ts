/** Identifies a dataset by its content. The names of its files do not matter. */
import { createHash, type Hash } from 'node:crypto';
import type { Dataset, Split } from './dataset';

/** Number of elements per update. Node's hash accepts less than 2 GiB at once. */
const PIECE = 2 ** 24;

/** Returns the SHA-256, in hex, of the shape, the images and the labels of both splits as loaded. */
export function fingerprint({ height, width, channels, classes, train, test }: Dataset, piece = PIECE): string {
  const hash = createHash('sha256').update(JSON.stringify([height, width, channels, classes]));
  for (const split of [train, test]) addSplit(hash, split, piece);
  return hash.digest('hex');
}

function addSplit(hash: Hash, { count, images, labels }: Split, piece: number): void {
  hash.update(JSON.stringify([count, images.BYTES_PER_ELEMENT]));
  for (const values of [images, labels])
    for (let at = 0; at < values.length; at += piece) hash.update(values.subarray(at, at + piece));
}
