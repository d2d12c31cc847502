/** Assertions about datasets for the tests of several formats. */
import assert from 'node:assert/strict';
import type { Dataset } from '../../../engine/datasets/dataset';

/** Asserts that images are in memory that threads share, and that the memory is no larger than the images. */
export function assertShared({ train, test }: Pick<Dataset, 'train' | 'test'>): void {
  for (const { images } of [train, test]) {
    assert.ok(images.buffer instanceof SharedArrayBuffer);
    assert.equal(images.buffer.byteLength, images.byteLength);
  }
}

/** Asserts that loading fails with a UserError whose message matches and names a field of `dataset`. */
export function assertRefused(loading: Promise<Dataset>, message: RegExp): Promise<void> {
  return assert.rejects(loading, (error: Error) => {
    assert.equal(error.name, 'UserError', error.stack);
    assert.match(error.message, message);
    assert(error.message.startsWith('dataset.'), error.message);
    return true;
  });
}
