/** What tests of several formats assert of datasets. */
import assert from 'node:assert/strict';
import type { Dataset } from '../../../engine/datasets/dataset';

/** In memory that threads share, and no more of it than the images take. */
export function assertShared({ train, test }: Pick<Dataset, 'train' | 'test'>): void {
  for (const { images } of [train, test]) {
    assert.ok(images.buffer instanceof SharedArrayBuffer);
    assert.equal(images.buffer.byteLength, images.byteLength);
  }
}

/** The user's error of a dataset, which names the field of the run file. */
export function assertRefused(loading: Promise<Dataset>, message: RegExp): Promise<void> {
  return assert.rejects(loading, (error: Error) => {
    assert.equal(error.name, 'UserError', error.stack);
    assert.match(error.message, message);
    assert(error.message.startsWith('dataset.'), error.message);
    return true;
  });
}
