/** Tests that large checkpoints are inspected in threads, with the same results as without them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { scanInThreads, threadsFor } from '../../../engine/inspection/scanThreads';
import { inspect } from '../../../engine/inspection/inspect';
import { withCheckpoint } from '../../../engine/checkpoints/open';
import { checksumOf } from '../../../engine/checkpoints/state';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { random } from '../../../engine/random';
import type { CheckpointRef } from '../../../engine/vocabulary/checkpoint';
import type { HostTensor } from '../../../engine/tensors';
import { temporaryFolder } from '../../fixtures';
import { npyArray, npz } from '../npy';

/** Weights of a layer, in several pieces and no whole number of them. */
const SIZE = 2 ** 20 + 77;

describe('threads of an inspection', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const threads = process.env['WINNING_SIGN_THREADS'];
  afterEach(() => {
    if (threads === undefined) delete process.env['WINNING_SIGN_THREADS'];
    else process.env['WINNING_SIGN_THREADS'] = threads;
  });

  /** Writes layers with masks, layers without masks, a layer that is not finite, and `more`. */
  async function writeLarge(more: Record<string, HostTensor> = {}, isOurs = false): Promise<string> {
    const source = random(1, 'threads');
    const drawn = Float32Array.from({ length: SIZE }, () => (source.below(4) === 0 ? 0 : source.normal()));
    const mask = Uint8Array.from({ length: SIZE }, () => source.below(2));
    const tensors = new Map<string, HostTensor>();
    for (let layer = 0; layer < 16; layer++) {
      const data =
        layer === 5 ? drawn.map((value, i) => (i === 7 ? Infinity : value)) : drawn.map((value) => value * 2 ** -layer);
      tensors.set(`layer${layer}.weight`, { dtype: 'F32', shape: [1, SIZE], data });
      if (layer % 3 !== 0) tensors.set(`layer${layer}.mask`, { dtype: 'U8', shape: [1, SIZE], data: mask });
      tensors.set(`layer${layer}.bias`, { dtype: 'F32', shape: [3], data: Float32Array.of(1, -2, 0) });
    }
    for (const [name, tensor] of Object.entries(more)) tensors.set(name, tensor);
    const file = inFolder('large.safetensors');
    const metadata: Record<string, string> = isOurs ? { format: 'winning-sign 1', checksum: checksumOf(tensors) } : {};
    await writeSafetensors(file, { tensors, metadata });
    return file;
  }

  async function inspectOn(count: number, file: string) {
    process.env['WINNING_SIGN_THREADS'] = String(count);
    return inspect(file);
  }

  /**
   * Inspects a file in a program of its own with `patchedWorkers.ts`. Returns the inspection, and the numbers of threads that started and of tensors
   * that they have scanned.
   */
  async function inspectAlone(file: string, failure: string) {
    const inspection = path.resolve(__dirname, '../../../engine/inspection/inspect.js');
    const program = `require(${JSON.stringify(inspection)}).inspect(process.argv[1]).then((found) => console.log(JSON.stringify(found)))`;
    const { stdout, stderr } = await runPatched(['-e', program, file], failure);
    const [threads, scanned] = (/(\d+) threads have scanned (\d+) tensors/.exec(stderr) ?? []).slice(1).map(Number);
    return { found: JSON.parse(stdout) as unknown, threads, scanned: scanned! };
  }

  function runPatched(args: string[], failure = '') {
    const env = { ...process.env, WINNING_SIGN_THREADS: '4', PATCHED_WORKERS: failure };
    const patch = path.join(__dirname, 'patchedWorkers.js');
    return promisify(execFile)(process.execPath, ['--require', patch, ...args], { env, timeout: 50_000 });
  }

  for (const [failure, threads] of [
    ['start 1', 0],
    ['start 2', 1],
  ] as const)
    it(`are replaced if only ${threads} can start, and the program ends`, async () => {
      const file = await writeLarge();
      const expected: unknown = JSON.parse(JSON.stringify(await inspectOn(1, file)));
      const alone = await inspectAlone(file, failure);
      assert.deepEqual(alone.found, expected);
      assert.equal(alone.threads, threads);
      assert.equal(alone.scanned > 0, threads > 0);
    });

  it('give the same results as without them, the first time and again', async () => {
    const file = await writeLarge();
    const expected = await inspectOn(1, file);
    for (const count of [2, 3, 3]) assert.deepEqual(await inspectOn(count, file), expected, `${count} threads`);
  });

  it('give the same results for two checkpoints at the same time', async () => {
    const file = await writeLarge();
    const expected = await inspectOn(1, file);
    const both = [inspectOn(4, file), inspectOn(4, file), inspectOn(4, file)];
    for (const result of await Promise.all(both)) assert.deepEqual(result, expected);
  });

  it('leave out a layer whose mask is not binary, with the same warning', async () => {
    const size = 2 ** 18;
    const file = await writeLarge({
      'soft.weight': { dtype: 'F32', shape: [1, size], data: new Float32Array(size).fill(1) },
      'soft.mask': { dtype: 'F32', shape: [1, size], data: new Float32Array(size).fill(0.5) },
    });
    const expected = await inspectOn(1, file);
    assert.ok(!expected.layers.some(({ name }) => name === 'soft'));
    assert.deepEqual(await inspectOn(3, file), expected);
  });

  it('check the checksum of a file of Winning Sign', async () => {
    const file = await writeLarge({}, true);
    const good = await inspectOn(3, file);
    assert.deepEqual(good, await inspectOn(1, file));
    assert.equal(good.warnings, undefined);
    const bytes = readFileSync(file);
    bytes[bytes.length - 1000]! ^= 1;
    writeFileSync(file, bytes);
    const bad = await inspectOn(3, file);
    assert.match(bad.warnings![0]!, /corrupt \(checksum mismatch\)/);
    assert.deepEqual(bad, await inspectOn(1, file));
  });

  it('report damage of an archive that they notice', async () => {
    const data = new Float32Array(2 ** 23).fill(1);
    const archive = npz({
      'a.weight': npyArray('<f4', [1, data.length], data),
      'b.weight': npyArray('<f4', [1, data.length], data),
    });
    archive.writeUInt32LE(1, archive.lastIndexOf('a.weight.npy') - 46 + 16); // its checksum in the directory
    const file = inFolder('large.npz');
    writeFileSync(file, archive);
    const expected = await inspectOn(1, file);
    assert.ok(expected.warnings!.some((warning) => warning.includes('has a wrong checksum')));
    assert.deepEqual(await inspectOn(3, file), expected);
  });

  it('are not used for small checkpoints, with a single thread, or where the reader has to see all bytes', async () => {
    const large = await writeLarge();
    await withCheckpoint(large, async (reader) => {
      const targets = reader.tensors.map((tensor) => ({ tensor }));
      process.env['WINNING_SIGN_THREADS'] = '3';
      assert.equal(threadsFor(reader, large, targets), 3);
      assert.equal(threadsFor(reader, large, targets.slice(0, 4)), 0);
      assert.equal(threadsFor({ ...reader, versions: undefined }, large, targets), 0);
      assert.equal(threadsFor({ ...reader, isCorrupt: () => Promise.resolve(false) }, large, targets), 0);
      process.env['WINNING_SIGN_THREADS'] = '1';
      assert.equal(threadsFor(reader, large, targets), 0);
      return Promise.resolve();
    });
  });

  /** Opens a checkpoint, replaces one of its files by a copy, and scans it. Returns the number of tensors that threads have scanned. */
  async function scannedByThreads(ref: CheckpointRef, replaced?: string): Promise<number> {
    return withCheckpoint(ref, async (reader) => {
      if (replaced !== undefined) {
        copyFileSync(replaced, `${replaced}.copy`);
        renameSync(`${replaced}.copy`, replaced);
      }
      let scanned = 0;
      let letScanHere = (): void => undefined;
      const turn = new Promise<void>((resolve) => (letScanHere = resolve));
      const timer = setTimeout(letScanHere, replaced === undefined ? 30_000 : 1000);
      const scanHere = () => turn;
      const unpack = () => {
        scanned++;
        letScanHere();
      };
      const targets = reader.tensors.filter(({ masks }) => !masks).map((tensor) => ({ tensor }));
      await scanInThreads({ ref, reader }, { targets, count: 2 }, { scanHere, unpack });
      clearTimeout(timer);
      return scanned;
    });
  }

  it('scan only the files that are open, though others may have their names by now', async () => {
    const made = (names: string[]) =>
      new Map(names.map((name) => [name, { dtype: 'F32' as const, shape: [1, 4], data: Float32Array.of(0, 1, 0, 1) }]));
    const whole = inFolder('whole.safetensors');
    const mask = inFolder('mask.safetensors');
    const [index, shards] = [inFolder('index.json'), [inFolder('a.safetensors'), inFolder('b.safetensors')] as const];
    const names = ['a.weight', 'b.weight', 'c.weight', 'd.weight'];
    await writeSafetensors(whole, { tensors: made(names), metadata: {} });
    await writeSafetensors(mask, { tensors: made(names.map((name) => `${name}_mask`)), metadata: {} });
    for (const [i, shard] of shards.entries())
      await writeSafetensors(shard, { tensors: made(names.slice(2 * i, 2 * i + 2)), metadata: {} });
    const shardOf = (i: number) => path.basename(shards[i < 2 ? 0 : 1]);
    writeFileSync(
      index,
      JSON.stringify({ weight_map: Object.fromEntries(names.map((name, i) => [name, shardOf(i)])) }),
    );
    const refs = [[whole, whole], [index, index], [index, shards[1]], [{ file: whole, mask }, whole], [{ file: whole, mask }, mask]] as const; // prettier-ignore
    for (const [ref, replaced] of refs) {
      assert.ok((await scannedByThreads(ref)) > 0, JSON.stringify(ref));
      assert.equal(await scannedByThreads(ref, replaced), 0, `${JSON.stringify(ref)} after ${replaced}`);
    }
  });

  it('are replaced by this thread if they cannot open the file, whose error is thrown', async () => {
    const file = inFolder('damaged.safetensors');
    writeFileSync(file, 'damaged');
    await withCheckpoint(await writeLarge(), async (reader) => {
      const targets = reader.tensors.slice(0, 6).map((tensor) => ({ tensor }));
      const scanHere = ({ tensor }: { tensor: { name: string } }) => Promise.resolve(tensor.name);
      const unpack = () => assert.fail('a thread has scanned');
      const names = await scanInThreads({ ref: file, reader }, { targets, count: 2 }, { scanHere, unpack });
      assert.deepEqual(names, targets.map(({ tensor }) => tensor.name)); // prettier-ignore
      const fails = () => Promise.reject(new Error('unreadable'));
      await assert.rejects(
        scanInThreads({ ref: file, reader }, { targets, count: 2 }, { scanHere: fails, unpack }),
        /unreadable/,
      );
    });
  });
});
