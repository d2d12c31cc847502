import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { RunningChecksum } from '../../../engine/checkpoints/checksum';
import { inspect } from '../../../engine/inspection/inspect';
import { temporaryFolder } from '../../fixtures';
import { npyArray, npz } from '../npy';

describe('RunningChecksum', () => {
  const bytes = Buffer.from('a checksum of bytes that are read in ranges');

  async function wrong(expected: number, ranges: [from: number, to: number][]): Promise<number> {
    let found = 0;
    const checksum = new RunningChecksum({ size: bytes.length, crc32: expected }, () => found++);
    await Promise.all(
      ranges.map(([from, to], i) => {
        const late = new Promise<void>((resolve) => setTimeout(resolve, 5 - i));
        return checksum.follow(late, bytes.subarray(from, to), from);
      }),
    );
    return found;
  }

  const RANGES: [number, number][][] = [
    [[0, bytes.length]],
    [[0, 10], [10, 20], [20, bytes.length]], // prettier-ignore
    [[0, 30], [7, 30], [12, bytes.length], [0, bytes.length]], // prettier-ignore
  ];
  for (const ranges of RANGES)
    it(`is checked once for the ranges ${ranges.join(' | ')}`, async () => {
      assert.equal(await wrong(crc32(bytes), ranges), 0);
      assert.equal(await wrong(1, ranges), 1);
    });

  it('is not checked if a range leaves a gap, or could not be read', async () => {
    assert.equal(await wrong(1, [[0, 10], [11, bytes.length]]), 0); // prettier-ignore
    let found = 0;
    const checksum = new RunningChecksum({ size: bytes.length, crc32: 1 }, () => found++);
    await assert.rejects(checksum.follow(Promise.reject(new Error('lost')), bytes.subarray(0, 5), 0), /lost/);
    await checksum.follow(Promise.resolve(), bytes.subarray(5), 5);
    assert.equal(found, 0);
  });
});

describe('inspect', () => {
  const inFolder = temporaryFolder();

  for (const entry of ['stored', 'compressed'])
    it(`warns of a wrong checksum of a ${entry} entry`, async () => {
      const [a, b] = [Float32Array.from({ length: 40_000 }, (_, i) => i % 7), Float32Array.of(1, 2)];
      const archive = npz({ stored: npyArray('<f4', [200, 200], a), compressed: npyArray('<f4', [2], b) });
      const file = inFolder('x.npz');
      writeFileSync(file, archive);
      assert.equal((await inspect(file)).warnings, undefined);
      const name = archive.lastIndexOf(`${entry}.npy`); // in the directory
      archive.writeUInt32LE(1, name - 46 + 16);
      writeFileSync(file, archive);
      const warning = `Entry "${entry}.npy" has a wrong checksum (CRC-32), so its values may be damaged.`;
      assert.deepEqual((await inspect(file)).warnings, [warning]);
    });

  it('warns of a wrong checksum in a separate mask file', async () => {
    const [weight, mask] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(1, 0, 0, 1)];
    const [model, masks] = [inFolder('model.npz'), inFolder('mask.npz')];
    writeFileSync(model, npz({ 'a.weight': npyArray('<f4', [2, 2], weight) }));
    const archive = npz({ 'a.weight': npyArray('<f4', [2, 2], mask) });
    archive.writeUInt32LE(1, archive.lastIndexOf('a.weight.npy') - 46 + 16);
    writeFileSync(masks, archive);
    const { weights, warnings } = await inspect({ file: model, mask: masks });
    assert.equal(weights.pruned, 2);
    assert.deepEqual(warnings, [
      `${masks}: Entry "a.weight.npy" has a wrong checksum (CRC-32), so its values may be damaged.`,
    ]);
  });
});
