import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { holdFile, openFile } from '../../../engine/checkpoints/file';
import { heldFile, holdingFiles } from '../../../engine/checkpoints/heldFiles';
import { sha256Of } from '../../../engine/checkpoints/write';
import { temporaryFolder } from '../../fixtures';
import { cli, writeData, writeRunFile } from '../process';

/** Bytes of a header that are read to recognize a file, and again to open it. */
const HEADERS = 64_000;

describe('A source checkpoint', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  it('is read once by a transfer that hashes, checks and loads it', async () => {
    await writeData(inFolder());
    const model = { model: 'mlp', options: { hidden: [512, 256] } };
    writeRunFile(inFolder('search.sign.json'), { model, rounds: 1, warmupEpochs: 1, finalEpochs: 1 });
    const { code, stderr } = await cli('run', inFolder('search.sign.json'), '--dir', inFolder('search'));
    assert.equal(code, 0, stderr);
    const args = [inFolder('search/checkpoints/round-01.safetensors'), inFolder('transfer')];
    const { stdout } = await promisify(execFile)(process.execPath, [path.join(__dirname, 'countReads.js'), ...args]);
    const { bytes, size } = JSON.parse(stdout) as { bytes: number; size: number };
    assert.ok(size > 10 * HEADERS && bytes >= size && bytes < size + HEADERS, `${bytes} bytes of ${size} were read`);
  });
});

describe('A held file', () => {
  const inFolder = temporaryFolder();
  const hashed = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'; // of “abc”, from FIPS 180-2

  it('has the bytes and the hash of the file, until the file changes or the work ends', async () => {
    const name = inFolder('file');
    writeFileSync(name, 'abc');
    await holdingFiles(async () => {
      await holdFile(name);
      const file = await openFile(name);
      const into = new Uint8Array(2);
      await file.fill(into, 1);
      assert.deepEqual([file.size, [...(await file.read(0, 3))], [...into]], [3, [97, 98, 99], [98, 99]]);
      assert.deepEqual([await sha256Of(name), heldFile(name)?.sha256], [hashed, hashed]);
      appendFileSync(name, 'd');
      assert.notEqual(await sha256Of(name), hashed);
      const changed = await openFile(name);
      assert.equal(changed.size, 4);
      await changed.close();
      await holdFile(name);
      assert.equal(heldFile(name)?.bytes.length, 4);
    });
    assert.equal(heldFile(name), undefined);
  });

  it('is not made outside of such work, nor of what cannot be read', async () => {
    writeFileSync(inFolder('file'), 'abc');
    await holdFile(inFolder('file'));
    assert.equal(heldFile(inFolder('file')), undefined);
    await holdingFiles(() => Promise.all([holdFile(inFolder()), holdFile(inFolder('none'))]));
  });
});
