import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { openFile } from '../../../engine/checkpoints/file';
import { temporaryFolder } from '../../fixtures';

const HEAD = 2 ** 14;

describe('a file that is read by ranges', () => {
  const inFolder = temporaryFolder();

  for (const size of [0, 100, HEAD, 3 * HEAD])
    it(`has the same bytes inside and outside of those that are read first (${size} bytes)`, async () => {
      const bytes = Uint8Array.from({ length: size }, (_, i) => (i * 7) % 251);
      writeFileSync(inFolder('file'), bytes);
      const file = await openFile(inFolder('file'));
      const places = [0, 1, 8, 99, HEAD - 1, HEAD, HEAD + 1, 2 * HEAD, 3 * HEAD].filter((place) => place <= size);
      for (const from of places)
        for (const to of places.filter((place) => place >= from)) {
          const expected = bytes.slice(from, to);
          const read = await file.read(from, to);
          assert.deepEqual(read, expected, `${from} … ${to}`);
          assert.equal(read.byteOffset % 8, 0);
          const filled = new Uint8Array(to - from);
          await file.fill(filled, from);
          assert.deepEqual(filled, expected);
        }
      await assert.rejects(file.read(0, size + 1), /became shorter/);
      await file.close();
    });

  it('gives copies, which may be changed', async () => {
    writeFileSync(inFolder('file'), 'content');
    const file = await openFile(inFolder('file'));
    (await file.read(0, 4)).fill(0);
    assert.equal(Buffer.from(await file.read(0, 7)).toString(), 'content');
    await file.close();
  });
});
