/** Tests the kernels with relaxed vector instructions: their numbers, their bytes, and what a run says that resumes with other kernels. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { hasRelaxed } from '../../../engine/backends/wasm/simd/load';
import { chooseBackend } from '../../../engine/calibration/choose';
import type { BackendChoice, KernelSet } from '../../../engine/vocabulary/runEvents';
import type { Products } from './relaxedProducts';

/** Node.js 20 executes relaxed instructions only with this flag, later versions always. */
const FLAGS = hasRelaxed() ? [] : ['--experimental-wasm-relaxed-simd'];

async function program(name: string, args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const command = [...FLAGS, path.join(__dirname, `${name}.js`), ...args];
  return (await promisify(execFile)(process.execPath, command, { env: { ...process.env, ...env } })).stdout.trim();
}

describe('relaxed kernels of the wasm backend', function () {
  this.timeout(120_000);

  it('give products that are as exact as those of the ordinary kernels', async () => {
    const { relaxed, off } = JSON.parse(await program('relaxedProducts', [])) as Products;
    assert.ok(relaxed);
    for (const value of Object.values(off)) assert.ok(value > 0 && value < 1e-6, JSON.stringify(off));
    assert.ok(off.relaxed <= 2 * off.simd, JSON.stringify(off));
  });

  it('train the same bytes on one thread and on two, and other bytes than ordinary kernels if they fuse', async () => {
    const train = async (kernels: string, threads: number) => {
      const env = { WINNING_SIGN_KERNELS: kernels, WINNING_SIGN_THREADS: String(threads) };
      return (await program('trainAndHash', ['wasm', 'convnet'], env)).split(' ')[1];
    };
    const { fuses } = JSON.parse(await program('relaxedProducts', [])) as Products;
    for (const winograd of ['', ', winograd']) {
      const [relaxed, simd] = [`relaxed${winograd}`, `simd${winograd}`];
      const [one, two, plain] = [await train(relaxed, 1), await train(relaxed, 2), await train(simd, 1)];
      assert.equal(one, two);
      assert.equal(one !== plain, fuses);
    }
  });

  it('are named in the reason of the choice if the user wants them and Node.js has none', async () => {
    const start = `require(${JSON.stringify(path.resolve('out/engine/backends/startBackend.js'))}).startBackend('wasm')`;
    const code = `${start}.then(({ choice }) => { console.log(JSON.stringify(choice)); process.exit(); })`;
    const env = { ...process.env, WINNING_SIGN_KERNELS: 'relaxed' };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', code], { env });
    const { kernels, reason } = JSON.parse(stdout) as BackendChoice;
    if (hasRelaxed()) assert.deepEqual([kernels!.split(',')[0], reason], ['relaxed', '']);
    else {
      assert.equal(kernels, 'simd');
      assert.match(reason, /^WINNING_SIGN_KERNELS is “relaxed”, but Node\.js \S+ has no relaxed vector instructions/);
    }
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
