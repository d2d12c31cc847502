import assert from 'node:assert/strict';
import { collect } from '../../../engine/checkpoints/pickle/collect';
import { readPickle } from '../../../engine/checkpoints/pickle/machine';
import { Dictionary, List, Made, type Value } from '../../../engine/checkpoints/pickle/values';

/** Returns the names that `collect` finds. In these tests, each number 1 stands for a tensor. */
const namesOf = (value: Value) => collect(value, (inner) => (inner === 1 ? 1 : undefined)).map(({ name }) => name);

function dictionary(...entries: [Value, Value][]): Dictionary {
  const made = new Dictionary();
  made.entries.push(...entries);
  return made;
}

describe('readPickle', () => {
  it('reads an object with named arguments (protocol 4)', () => {
    // instructions: class m.C, positional arguments (7,), named arguments {}, then NEWOBJ_EX
    const bytes = Buffer.concat([
      Buffer.from('\x80\x04\x8c\x01m\x8c\x01C\x93', 'latin1'),
      Buffer.from('K\x07\x85}\x92.', 'latin1'),
    ]);
    const { value } = readPickle(bytes);
    assert.ok(value instanceof Made);
    assert.deepEqual([value.name, value.args], ['m.C', [7]]);
  });
});

describe('collect', () => {
  it('names tensors by their paths, names those of modules like a state dict, and numbers repeated names', () => {
    const module = new Made(new List([]), []);
    module.state = dictionary(
      ['training', true],
      ['_parameters', dictionary(['weight', 1])],
      ['_buffers', dictionary()],
      ['_modules', dictionary()],
    );
    assert.deepEqual(namesOf(dictionary(['a', 1], ['a', 1], ['a', 1], ['m', module])), [
      'a',
      'a (2)',
      'a (3)',
      'm.weight',
    ]);
  });

  it('needs time in proportion to the size of the value', () => {
    const began = performance.now();
    const state = dictionary(...Array.from({ length: 5_000 }, (_, i): [Value, Value] => [String(i), i + 2]));
    const objects = Array.from({ length: 5_000 }, () => {
      const made = new Made(new List([]), []);
      made.state = state;
      return made;
    });
    assert.deepEqual(namesOf(new List(objects)), []);
    assert.equal(namesOf(dictionary(...Array.from({ length: 20_000 }, (): [Value, Value] => ['a', 1]))).length, 20_000);
    assert.ok(performance.now() - began < 2_000);
  });

  it('refuses tensors whose names are too long in total', () => {
    const inner = new List(Array.from({ length: 1_000 }, () => 1));
    assert.throws(() => namesOf(dictionary(['x'.repeat(100_000), inner])), /names of the tensors are too long/);
  });
});
