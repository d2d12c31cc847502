/** Identifies a dataset by its content. */
import { createHash, type Hash } from 'node:crypto';
import type { Dataset, FileSplit, Split, StoredSplit } from './dataset';
import { nameOf } from './images/names';

/** Number of elements per update. Node's hash accepts less than 2 GiB at once. */
const PIECE = 2 ** 24;

/**
 * Returns the SHA-256, in hex, of the shape and of both splits. Of images in memory, it hashes the pixels and labels. Of image files, it
 * hashes the names, sizes and labels, because to read millions of files takes hours.
 */
export function fingerprint({ height, width, channels, classes, train, test }: Dataset, piece = PIECE): string {
  const hash = createHash('sha256').update(JSON.stringify([height, width, channels, classes]));
  for (const split of [train, test]) add(hash, split, piece);
  return hash.digest('hex');
}

function add(hash: Hash, split: Split, piece: number): void {
  if ('files' in split) addFiles(hash, split);
  else addImages(hash, split, piece);
}

/** Number of files per update. */
const FILES = 2 ** 12;

function addFiles(hash: Hash, { count, files, sizes, rows, resize, labels }: FileSplit): void {
  hash.update(JSON.stringify([count, 'files', resize]));
  for (let begin = 0; begin < count; begin += FILES) {
    const lines: string[] = [];
    for (let i = begin; i < Math.min(count, begin + FILES); i++)
      lines.push(`${nameOf(files, rows[i]!)}\n${sizes[rows[i]!]} ${labels[i]}\n`);
    hash.update(lines.join(''));
  }
}

function addImages(hash: Hash, { count, images, labels }: StoredSplit, piece: number): void {
  hash.update(JSON.stringify([count, images.BYTES_PER_ELEMENT]));
  for (const values of [images, labels])
    for (let at = 0; at < values.length; at += piece) hash.update(values.subarray(at, at + piece));
}
