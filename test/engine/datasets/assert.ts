/** Assertions about datasets for the tests of several formats. */
import assert from 'node:assert/strict';
import type { Dataset, StoredSplit } from '../../../engine/datasets/dataset';

type InMemory = Dataset & Record<'train' | 'test', StoredSplit>;

/** Returns a dataset whose images must be in memory. */
export async function inMemory(loading: Promise<Dataset>): Promise<InMemory> {
  const { train, test, ...dataset } = await loading;
  assert('images' in train && 'images' in test);
  return { ...dataset, train, test };
}

/** Asserts that images are in memory that threads share, and that the memory is no larger than the images. */
export function assertShared({ train, test }: Pick<InMemory, 'train' | 'test'>): void {
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
