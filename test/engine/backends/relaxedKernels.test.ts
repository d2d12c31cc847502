/** Tests the kernels with relaxed vector instructions: their numbers, their bytes, and what a run says that resumes with other kernels. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { chooseBackend } from '../../../engine/calibration/choose';
import type { BackendChoice, KernelSet } from '../../../engine/vocabulary/runEvents';
import { DENY_RELAXED } from './backendSets';
import type { Products } from './relaxedProducts';

async function program(
  name: string,
  args: readonly string[] = [],
  { env = {}, flags = [] }: { env?: Record<string, string>; flags?: readonly string[] } = {},
): Promise<string> {
  const command = [...flags, path.join(__dirname, `${name}.js`), ...args];
  return (await promisify(execFile)(process.execPath, command, { env: { ...process.env, ...env } })).stdout.trim();
}

/** The source of a program that starts wasm and prints the choice. */
const PRINT_CHOICE = `
  const { startBackend } = require(${JSON.stringify(path.resolve('out/engine/backends/startBackend.js'))});
  startBackend('wasm').then(({ choice }) => { console.log(JSON.stringify(choice)); process.exit(); })`;

describe('relaxed kernels of the wasm backend', function () {
  this.timeout(120_000);

  it('give products that are as exact as those of the ordinary kernels', async () => {
    const { off } = JSON.parse(await program('relaxedProducts')) as Products;
    for (const value of Object.values(off)) assert.ok(value > 0 && value < 1e-6, JSON.stringify(off));
    assert.ok(off.relaxed <= 2 * off.simd, JSON.stringify(off));
  });

  it('train the same bytes on one thread and on two, and other bytes than ordinary kernels if they fuse', async () => {
    const train = async (kernels: string, threads: number) => {
      const env = { WINNING_SIGN_KERNELS: kernels, WINNING_SIGN_THREADS: String(threads) };
      return (await program('trainAndHash', ['wasm', 'convnet'], { env })).split(' ')[1];
    };
    const { fuses } = JSON.parse(await program('relaxedProducts')) as Products;
    for (const winograd of ['', ', winograd']) {
      const [relaxed, simd] = [`relaxed${winograd}`, `simd${winograd}`];
      const [one, two, plain] = [await train(relaxed, 1), await train(relaxed, 2), await train(simd, 1)];
      assert.equal(one, two);
      assert.equal(one !== plain, fuses);
    }
  });

  it('train the same bytes with either compiler of V8, because a program changes from one to the other', async () => {
    const [first, optimizing] = ['--liftoff-only', '--no-liftoff'].map((flag) =>
      program('trainAndHash', ['wasm', 'convnet'], { flags: [flag] }),
    );
    assert.equal(await first, await optimizing);
  });

  for (const network of ['convnet', 'mixer', 'vit'])
    it(`train the same bytes with tiles of four rows as with tiles of six: ${network}`, async () => {
      const flags = ['--require', path.join(__dirname, 'otherRows.js')];
      const [usual, other] = [[], flags].map((flags) => program('trainAndHash', ['wasm', network, '16'], { flags }));
      assert.equal(await usual, await other);
    });

  it('are used in every version of Node.js', async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', PRINT_CHOICE]);
    const { kernels, reason } = JSON.parse(stdout) as BackendChoice;
    assert.deepEqual([kernels!.replace(', fused', ''), reason], ['relaxed, winograd, gelu32', '']);
  });

  it('are named in the reason of the choice if the user wants them and Node.js has none', async () => {
    const env = { ...process.env, ...DENY_RELAXED, WINNING_SIGN_KERNELS: 'relaxed' };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', PRINT_CHOICE], { env });
    const { kernels, reason } = JSON.parse(stdout) as BackendChoice;
    assert.equal(kernels, 'simd');
    assert.match(reason, /^WINNING_SIGN_KERNELS is “relaxed”, but Node\.js \S+ has no relaxed vector instructions/);
  });

  it('are noted in a run, which says so if it resumes with others', async () => {
    const began = (kernels?: KernelSet): BackendChoice => {
      return { name: 'wasm', device: '', threads: 1, deterministic: true, reason: '', ...(kernels && { kernels }) };
    };
    const work = { model: 'mlp', data: { height: 4, width: 4, channels: 1, classes: 2 }, batchSize: 1 } as const;
    const again = (kernels?: KernelSet) =>
      chooseBackend('wasm', { work, measure: () => assert.fail(), began: began(kernels) });
    const { choice } = await again();
    const now = choice.kernels!;
    assert.equal((await again(now)).choice.mixed, undefined);
    const other: KernelSet = now === 'relaxed' ? 'relaxed, fused' : 'relaxed';
    const changed = (await again(other)).choice;
    assert.deepEqual([changed.mixed, changed.deterministic], [true, false]);
    assert.ok(
      changed.reason.startsWith(`This run used the kernels “${other}” before and uses “${now}” now, so its result`),
    );
  });
});
