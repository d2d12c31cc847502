import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { open, readdir, readlink, type FileHandle } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { unpack } from '../../../engine/datasets/get/unpack';
import { temporaryFolder } from '../../fixtures';
import { until } from '../../until';
import { tar } from '../tar';

const BYTES = Buffer.from(Uint8Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));

/** Returns the number of open files of this process that have this name. Only on Linux. */
async function openFiles(name: string): Promise<number> {
  const links = (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((target) => target === name).length;
}

describe('unpack', () => {
  const temporary = temporaryFolder();
  const archive = () => temporary('made.tar.gz');
  const unpackIt = () => unpack(archive(), { target: temporary('out'), place: (name) => name });

  it('throws the error if the archive cannot be read', async () => {
    mkdirSync(archive());
    await assert.rejects(unpackIt(), { code: 'EISDIR' });
  });

  it('closes the archive if its content is corrupt', async function () {
    if (process.platform !== 'linux') this.skip();
    const corrupt = tar({ 'a.bin': Buffer.alloc(0), 'b.bin': BYTES });
    corrupt[512]! ^= 1;
    const noise = Buffer.from(Uint8Array.from({ length: 5_000_000 }, (_, i) => (i * i * 7) >> 3));
    writeFileSync(archive(), Buffer.concat([gzipSync(corrupt), noise]));
    await assert.rejects(unpackIt(), { name: 'UserError', message: /one of its headers is corrupt/ });
    let left = 1;
    await until('the archive is closed', () => {
      void openFiles(archive()).then((count) => (left = count));
      return left === 0;
    });
  });

  it('writes all bytes if the system writes only some of them at a time', async () => {
    writeFileSync(archive(), gzipSync(tar({ 'a.bin': BYTES })));
    const handle = await open(archive());
    const prototype = Object.getPrototypeOf(handle) as FileHandle;
    await handle.close();
    const own = Object.getOwnPropertyDescriptor(prototype, 'write')!;
    const write = own.value as (bytes: Uint8Array, offset: number, length: number) => unknown;
    const writeSome = function (this: FileHandle, bytes: Uint8Array) {
      return write.call(this, bytes, 0, Math.min(bytes.length, 1000));
    };
    Object.defineProperty(prototype, 'write', { ...own, value: writeSome });
    try {
      await unpackIt();
    } finally {
      Object.defineProperty(prototype, 'write', own);
    }
    assert.deepEqual(readFileSync(temporary('out/a.bin')), BYTES);
  });
});
