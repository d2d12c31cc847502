/** Tests that large checkpoints are inspected in threads, with the same results as without them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { threadsFor } from '../../../engine/inspection/scanThreads';
import { inspect } from '../../../engine/inspection/inspect';
import { withCheckpoint } from '../../../engine/checkpoints/open';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { random } from '../../../engine/random';
import type { HostTensor } from '../../../engine/tensors';
import type { Inspection } from '../../../engine/protocol';
import { sharedFolder, temporaryFolder } from '../../fixtures';
import { CLI } from '../process';
import { writeLarge as writeLargeTo } from './made';
import { npyArray, npz } from '../npy';

describe('threads of an inspection', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const shared = sharedFolder();
  const threads = process.env['WINNING_SIGN_THREADS'];
  afterEach(() => {
    if (threads === undefined) delete process.env['WINNING_SIGN_THREADS'];
    else process.env['WINNING_SIGN_THREADS'] = threads;
  });

  /** A checkpoint that no test changes, and its inspection without threads. */
  const large = () => shared('large.safetensors');
  let expected: Inspection;
  before(async () => {
    await writeLargeTo(large());
    expected = await inspectOn(1, large());
  });

  const writeLarge = (more: Record<string, HostTensor> = {}, isOurs = false) =>
    writeLargeTo(inFolder('large.safetensors'), more, isOurs);

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
    return promisify(execFile)(process.execPath, ['--require', patch, ...args], {
      env,
      timeout: 50_000,
      maxBuffer: 2 ** 26,
    });
  }

  it('scan tensors, also in the bundled program', async () => {
    const { threads, scanned } = await inspectAlone(large(), '');
    assert.deepEqual([threads, scanned > 1], [4, true]);
    const { stderr } = await runPatched([CLI, 'inspect', large(), '--json']);
    assert.match(stderr, /4 threads have scanned ([2-9]|\d\d) tensors/);
  });

  for (const end of [1, 5])
    it(`are replaced if one of them ends after ${end} tensors were scanned`, async () => {
      const alone = await inspectAlone(large(), `end ${end}`);
      assert.deepEqual(alone.found, JSON.parse(JSON.stringify(expected)));
      assert.ok(alone.scanned >= end);
    });

  for (const [failure, threads] of [
    ['start 1', 0],
    ['start 2', 1],
  ] as const)
    it(`are replaced if only ${threads} can start, and the program ends`, async () => {
      const alone = await inspectAlone(large(), failure);
      assert.deepEqual(alone.found, JSON.parse(JSON.stringify(expected)));
      assert.equal(alone.threads, threads);
      assert.equal(alone.scanned > 0, threads > 0);
    });

  it('give the same results as without them, the first time and again', async () => {
    for (const count of [2, 3, 3]) assert.deepEqual(await inspectOn(count, large()), expected, `${count} threads`);
  });

  it('give the same sums of small tensors', async () => {
    const draw = random(1, 'small tensors');
    const small = [10, 50, 999, 20_000].map((count): [string, HostTensor] => [
      `small${count}`,
      { dtype: 'F32', shape: [count], data: Float32Array.from({ length: count }, () => draw.normal()) },
    ]);
    const file = await writeLarge(Object.fromEntries(small));
    const expected = await inspectOn(1, file);
    assert.deepEqual(await inspectOn(2, file), expected);
    // Nor do they depend on the other tensors of the file.
    await writeSafetensors(inFolder('small.safetensors'), { tensors: new Map(small), metadata: {} });
    const alone = await inspectOn(1, inFolder('small.safetensors'));
    for (const [name] of small) {
      const [one, other] = [alone, expected].map(({ tensors }) => tensors.find((tensor) => tensor.name === name));
      assert.ok(one);
      assert.deepEqual(one, other);
    }
  });

  it('give the same results for two checkpoints at the same time', async () => {
    const both = [inspectOn(4, large()), inspectOn(4, large()), inspectOn(4, large())];
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
    const file = large();
    await withCheckpoint(file, async (reader) => {
      const targets = reader.tensors.map((tensor) => ({ tensor }));
      process.env['WINNING_SIGN_THREADS'] = '3';
      assert.equal(threadsFor(reader, file, targets), 3);
      assert.equal(threadsFor(reader, file, targets.slice(0, 4)), 0);
      assert.equal(threadsFor({ ...reader, versions: undefined }, file, targets), 0);
      assert.equal(threadsFor({ ...reader, isCorrupt: () => Promise.resolve(false) }, file, targets), 0);
      process.env['WINNING_SIGN_THREADS'] = '1';
      assert.equal(threadsFor(reader, file, targets), 0);
      return Promise.resolve();
    });
  });
});
