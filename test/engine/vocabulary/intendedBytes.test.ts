import assert from 'node:assert/strict';
import { intendedBytes } from '../../../engine/vocabulary/overview';

describe('the bytes of layers as N:M', () => {
  const storage = { dense: 100, bitmask: 60, csr: 80, nm: 55 };
  const parts = { count: 1, dead: 0 } as never;
  const layer = (pattern: string, patternChance?: number) => ({
    structure: { pattern, outputs: parts, ...(patternChance !== undefined && { patternChance }) } as never,
    storage,
  });

  it('count only patterns that chance does not explain', () => {
    assert.equal(intendedBytes([layer('2:4', 1e-9), layer('1:16', 0.5)]), 155);
    assert.equal(intendedBytes([layer('1:16', 0.5)]), undefined);
    assert.equal(intendedBytes([layer('none')]), undefined);
  });
});
