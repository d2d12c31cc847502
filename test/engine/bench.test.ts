import assert from 'node:assert/strict';
import { Profiler } from '../../engine/backends/profile';
import { needsAnyGpu } from './backends/gpu';
import { checkOutput } from './outputSchema';
import { call } from './reusedProcess';
import { cli, cliJson } from './process';

const TINY = ['--network', '{"model":"convnet","options":{"widths":[2,4]}}', '--backend', 'wasm', '--batch', '2'];

interface Said {
  network: string;
  backend: string;
  batch: number;
  msPerStep: number;
  stepsPerSecond: number;
  examplesPerSecond: number;
  operations: { name: string; calls: number; ms: number; share: number }[];
}

describe('winning-sign bench', function () {
  this.timeout(60_000);

  it('times steps', async () => {
    const said = await cliJson<Said>('bench', ...TINY, '--steps', '3');
    assert.deepEqual([said.network, said.backend, said.batch], ['convnet (widths 2-4)', 'wasm', 2]);
    assert.ok(said.msPerStep > 0);
    assert.equal(said.examplesPerSecond, 2 * said.stepsPerSecond);
  });

  it('shows the time of each operation, and the shares add up to the whole step', async () => {
    const said = await cliJson<Said>('bench', '--profile', ...TINY, '--method', 'aws');
    checkOutput('bench', said);
    const { operations, msPerStep } = said;
    const calls = new Map(operations.map(({ name, calls }) => [name, calls]));
    assert.equal(calls.get('SignConvolve'), 2);
    assert.equal(calls.get('SignConvolveFilterGradient'), 2);
    assert.equal(calls.get('parameters.update'), 1);
    const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
    assert.ok(Math.abs(sum(operations.map(({ share }) => share)) - 1) < 1e-9);
    assert.ok(Math.abs(sum(operations.map(({ ms }) => ms)) - msPerStep) < 1e-9);
    const timed = operations.slice(0, -1).map(({ ms }) => ms);
    assert.deepEqual(
      timed,
      [...timed].sort((a, b) => b - a),
    );
  });

  it('prints a table', async () => {
    const { stdout } = await cli('bench', '--profile', ...TINY);
    const [title, whole, header, ...rows] = stdout.trim().split('\n');
    assert.match(
      title!,
      /^convnet \(widths 2-4\), lrr, batch 2, on wasm, 1 thread, SIMD \(kernels: (simd|relaxed).*, gelu32\)$/,
    );
    assert.match(whole!, /^\d+\.\d ms a step$/);
    assert.deepEqual(header!.split(/ +/), ['operation', 'calls', 'ms', 'share']);
    assert.match(rows.at(-1)!, /^outside operations +-?\d+\.\d\d +-?\d+\.\d %$/);
  });

  for (const [option, value, sentence] of [
    ['--network', 'resnet21', /--network: "model" must be .*Did you mean "resnet20"/],
    ['--network', '{"options":{}}', /"model\.model" is missing/],
    ['--network', '{', /Write a name/],
    ['--backend', 'abacus', /--backend is "abacus"\. It must be one of auto, wasm/],
    ['--batch', '0', /--batch is "0"\. It must be a whole number, at least 1\./],
  ] as const)
    it(`refuses ${option} ${value}`, async () => {
      const { code, stderr } = await call('bench', option, value);
      assert.equal(code, 2);
      assert.match(stderr, sentence);
    });
});

describe('winning-sign bench --profile on a GPU', function () {
  this.timeout(300_000);
  before(needsAnyGpu);

  interface DeviceProfile extends Said {
    msKernels: number;
    msDispatch: number;
    msReadBack: number;
    readsPerStep: number;
  }

  it('times kernels with the clock of the GPU, and separately their dispatch and reading back', async () => {
    const tiny = TINY.map((word) => (word === 'wasm' ? 'webgpu' : word));
    const said = await cliJson<DeviceProfile>('bench', '--profile', ...tiny, '--steps', '2');
    checkOutput('bench', said);
    const timed = new Map(said.operations.map((operation) => [operation.name, operation]));
    assert.equal(timed.get('SignConvolve')!.calls, 2);
    assert.ok(timed.get('SignConvolve')!.ms > 0);
    assert.ok(said.msDispatch > 0 && said.msReadBack > 0);
    assert.equal(said.readsPerStep, 0, 'a step waits for the GPU');
    const kernels = said.operations.slice(0, -1).reduce((sum, { ms }) => sum + ms, 0);
    assert.ok(Math.abs(kernels - said.msKernels) < 1e-6 * kernels);
    const outside = said.operations.at(-1)!;
    assert.equal(outside.name, 'outside operations');
    assert.ok(Math.abs(outside.ms + kernels - said.msPerStep) < 1e-6 * said.msPerStep);
  });
});

describe('Profiler', () => {
  it('does not count the time of inner operations for the outer one', () => {
    const profiler = new Profiler();
    const wait = (ms: number) => {
      for (const end = performance.now() + ms; performance.now() < end;);
    };
    const inner = profiler.timed('inner', () => {
      wait(20);
    });
    profiler.timed('outer', () => {
      wait(1);
      inner();
      inner();
    })();
    const [first, second] = profiler.take();
    assert.deepEqual([first!.name, first!.calls, second!.name, second!.calls], ['inner', 2, 'outer', 1]);
    assert.ok(first!.ms >= 40);
    assert.deepEqual(profiler.take(), []);
  });
});
