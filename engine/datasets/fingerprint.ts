/** A dataset by its content, whatever its files are called. */
import { createHash } from 'node:crypto';
import type { Dataset, Split } from './dataset';

/** SHA-256, in hex, of the shape, the images and the labels of both splits as they were loaded. */
export function fingerprint({ height, width, channels, classes, train, test }: Dataset): string {
  const hash = createHash('sha256').update(JSON.stringify([height, width, channels, classes]));
  for (const split of [train, test]) addSplit(hash, split);
  return hash.digest('hex');
}

function addSplit(hash: ReturnType<typeof createHash>, { count, images, labels }: Split): void {
  hash
    .update(JSON.stringify([count, images.BYTES_PER_ELEMENT]))
    .update(images)
    .update(labels);
}
