import assert from 'node:assert/strict';
import { random } from '../../engine/random';
import { mutate } from './mutate';

describe('mutate', () => {
  it('makes the same change for the same seed, and leaves the file as it was', () => {
    const whole = Buffer.from(Array.from({ length: 2000 }, (_, i) => i % 251));
    const copy = Buffer.from(whole);
    const all = Array.from({ length: 300 }, (_, i) => mutate(whole, random(1, 'test', i)));
    assert.deepEqual(whole, copy);
    all.forEach((bytes, i) => {
      assert.deepEqual(bytes, mutate(whole, random(1, 'test', i)));
    });
    const changed = all.filter((bytes) => !bytes.equals(whole));
    assert.ok(changed.length > 290, `${changed.length} of 300 differ`);
    assert.ok(new Set(all.map(({ length }) => length)).size > 20);
  });

  it('changes files of any length', () => {
    for (let length = 0; length < 4; length++)
      for (let i = 0; i < 200; i++) mutate(Buffer.alloc(length), random(2, 'test', i));
  });
});
