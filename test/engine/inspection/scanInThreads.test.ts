/** Tests when threads take part in a scan, and what happens if they cannot. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { withCheckpoint } from '../../../engine/checkpoints/open';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { scanInThreads } from '../../../engine/inspection/scanThreads';
import type { Target } from '../../../engine/inspection/targets';
import type { CheckpointRef } from '../../../engine/vocabulary/checkpoint';
import { fixture, sharedFolder, temporaryFolder } from '../../fixtures';
import { until } from '../../until';
import { writeLarge } from './made';

/** Scans `argv[1]`, but fails in the main thread. Prints the error, and the number of tensors that threads have scanned. */
const FAILS_HERE = `
const required = (module) => require(require('node:path').resolve('out/engine', module));
const { scanInThreads } = required('inspection/scanThreads.js');
required('checkpoints/open.js').withCheckpoint(process.argv[1], async (reader) => {
  const targets = reader.tensors.filter(({ masks }) => !masks).map((tensor) => ({ tensor }));
  let count = 0;
  const scanHere = () => Promise.reject(new Error('unreadable'));
  const work = { scanHere, unpack: () => count++ };
  await scanInThreads({ ref: process.argv[1], reader }, { targets, count: 2 }, work).catch(({ message }) => console.log(message, count));
});`;

/**
 * Scans `argv[1]` twice. A tensor is scanned here when a thread has begun, and answers of threads are taken or, with `argv[2]` = `lost`, refused. Prints
 * for each scan the number of tensors that were scanned here before the first answer, and the number of threads that have started so far.
 */
const COUNTS = `
const workers = require('node:worker_threads');
const required = (module) => require(require('node:path').resolve('out/engine', module));
const { Turns } = required('inspection/turns.js');
const nobody = new Int32Array(new SharedArrayBuffer(4));
let [started, turns] = [0];
class CountedWorker extends workers.Worker {
  constructor(...args) {
    super(...args);
    started++;
  }
  postMessage(request) {
    super.postMessage(request);
    if (request.turns) turns = new Turns(request.targets.length, request.turns);
  }
}
Object.assign(workers, { Worker: CountedWorker });
const { scanInThreads } = required('inspection/scanThreads.js');
required('checkpoints/open.js').withCheckpoint(process.argv[1], async (reader) => {
  const targets = reader.tensors.filter(({ masks }) => !masks).map((tensor) => ({ tensor }));
  for (let scan = 0; scan < 2; scan++) {
    let [here, hasAnswer] = [0, false];
    const scanHere = () => {
      while (!turns.hasStarted) Atomics.wait(nobody, 0, 0, 1);
      if (!hasAnswer) here++;
      return Promise.resolve();
    };
    const unpack = () => {
      hasAnswer = true;
      if (process.argv[2] === 'lost') throw new Error('unreadable');
    };
    await scanInThreads({ ref: process.argv[1], reader }, { targets, count: 1 }, { scanHere, unpack });
    console.log(here, started);
  }
});`;

describe('a scan in threads', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const shared = sharedFolder();
  const large = () => shared('large.safetensors'); // no test changes it
  before(() => writeLarge(large()));

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

  it('uses threads only for the files that are open, though others may have their names by now', async () => {
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

  it('uses no threads for HDF5 files, which the thread of the library opens itself', async () => {
    const file = fixture('cases/39-keras-pruned/wrapped.h5');
    assert.equal(await withCheckpoint(file, ({ versions }) => Promise.resolve(versions)), undefined);
  });

  it('ends at a tensor that a thread cannot scan, before any other is scanned', async () => {
    const file = large();
    await withCheckpoint(file, async (reader) => {
      const named = (end: string) =>
        reader.tensors.filter(({ name }) => name.endsWith(end)).map((tensor) => ({ tensor }));
      const [one, two, three] = named('.weight') as [Target, Target, Target];
      const wrong: Target = { tensor: { ...three.tensor, dtype: 'int32' } };
      const targets = [one, two, ...named('.bias'), wrong]; // `wrong` has the third turn, because biases are small
      const scannedHere: string[] = [];
      let count = 0;
      const scanHere = async ({ tensor }: Target) => {
        scannedHere.push(tensor.name);
        if (tensor === wrong.tensor) throw new Error('wrong');
        await until('the thread has scanned a tensor', () => count > 0);
      };
      const unpack = () => {
        count++;
      };
      const scans = scanInThreads({ ref: file, reader }, { targets, count: 1 }, { scanHere, unpack });
      await assert.rejects(scans, /wrong/);
      assert.equal(scannedHere.at(-1), wrong.tensor.name);
      assert.ok(scannedHere.length <= 2, scannedHere.join()); // one while the thread started
      assert.equal(count + scannedHere.length - 1, 2);
    });
  });

  it('leaves no turn to threads if a tensor cannot be scanned here while they start', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', FAILS_HERE, large()]); // here, threads may have started before
    assert.equal(stdout, 'unreadable 0\n');
  });

  it('takes turns here only until the first thread has started', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', COUNTS, large()]);
    assert.equal(stdout, '1 1\n0 1\n');
  });

  it('ends a thread whose answer cannot be used, and starts another one for the next scan', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', COUNTS, large(), 'lost']);
    assert.equal(stdout, '1 1\n1 2\n');
  });

  it('goes on in this thread if no thread can open the file, and throws the error of this thread', async () => {
    const file = inFolder('damaged.safetensors');
    writeFileSync(file, 'damaged');
    await withCheckpoint(large(), async (reader) => {
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
