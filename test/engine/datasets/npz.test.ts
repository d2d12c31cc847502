import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import { loadDataset } from '../../../engine/datasets/load';
import { temporaryFolder } from '../../fixtures';
import { npy, npyArray, npz } from '../npy';
import { inMemory } from './assert';

describe('loadDataset from npz', () => {
  const temporary = temporaryFolder();
  const sound = () => ({
    x_train: npyArray('|u1', [2, 1, 2], Uint8Array.of(1, 2, 3, 4)),
    y_train: npyArray('<i8', [2], BigInt64Array.of(0n, 1n), { version: 2 }),
    x_test: npyArray('>f4', [1, 1, 2], Buffer.of(0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0)),
    y_test: npyArray('|b1', [1], Uint8Array.of(1)),
  });
  const write = (arrays: Record<string, Buffer>) => {
    writeFileSync(temporary('x.npz'), npz(arrays));
  };
  const refused = (path: string, message: RegExp) =>
    assert.rejects(loadDataset({ format: 'npz', path }, temporary('.')), refusal(message));
  const spec = { format: 'npz' as const, path: 'x.npz' };

  it('reads arrays of several types, compressed or not', async () => {
    write(sound());
    const { train, test } = await inMemory(loadDataset(spec, temporary('.')));
    assert.deepEqual(
      [[...train.images], [...train.labels]],
      [
        [1, 2, 3, 4],
        [0, 1],
      ],
    );
    assert.deepEqual([[...test.images], [...test.labels]], [[1, -2], [1]]);
  });

  it('reads arrays in Fortran order', async () => {
    const x_train = npyArray('|u1', [2, 1, 2], Uint8Array.of(1, 3, 2, 4), { fortran: true });
    write({ ...sound(), x_train });
    const { train } = await inMemory(loadDataset(spec, temporary('.')));
    assert.deepEqual([...train.images], [1, 2, 3, 4]);
  });

  it('refuses arrays of more dimensions than NumPy has', async () => {
    write({ ...sound(), x_train: npyArray('|u1', Array<number>(65).fill(1), Uint8Array.of(1)) });
    await refused(spec.path, /the array has 65 dimensions, more than the limit of 64/);
  });

  it('refuses objects, truncated arrays and files that are not archives', async () => {
    const wrong: [Buffer, RegExp][] = [
      [
        npy("{'descr': '|O', 'fortran_order': False, 'shape': (2,), }", Buffer.alloc(8)),
        /^dataset\.path: .*x\.npz: array "x_train" cannot be read: its type is '\|O', which is not a number type/,
      ],
      [
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (-2,), }", Buffer.alloc(4)),
        /the header of the array has no shape/,
      ],
      [npyArray('|u1', [2, 1, 2], Buffer.alloc(3)), /needs 4 bytes for its shape and type, but has 3/],
      [Buffer.from('\x93NUMPY\x01\x00\xff\xff', 'latin1'), /the header of the array is truncated/],
      [Buffer.from('nothing'), /does not begin like a NumPy array/],
    ];
    for (const [x_train, message] of wrong) {
      write({ ...sound(), x_train });
      await refused(spec.path, message);
    }
    writeFileSync(temporary('x.npz'), 'PK');
    await refused('x.npz', /^dataset\.path: .*x\.npz has an unknown file format/);
    const sane = npz(sound());
    sane.writeUInt32LE(0, sane.indexOf('PK\x01\x02')); // the directory
    const countOpen = () => (process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0);
    const before = countOpen();
    writeFileSync(temporary('x.npz'), sane);
    await refused('x.npz', /x\.npz is not a valid NumPy archive/);
    assert.equal(countOpen(), before, 'a file was left open');
    await refused('.', /^dataset\.path: .* is a folder\. Set dataset\.path to the npz file in it/);
    await refused('none.npz', /none\.npz does not exist/);
  });
});

function refusal(message: RegExp) {
  return (error: Error) =>
    error.name === 'UserError' && error.message.startsWith('dataset.') && message.test(error.message);
}
