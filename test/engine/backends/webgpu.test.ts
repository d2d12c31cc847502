import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { matMul, tensor1d, tensor2d, tidy, transpose } from '@tensorflow/tfjs-core';
import { startBackend } from '../../../engine/backends/startBackend';
import { gelu } from '../../../engine/backends/operations/elementwise';
import { isAutomatic } from '../../../engine/backends/report';
import { describeAdapter } from '../../../engine/backends/webgpu/adapter';
import { explainLoading } from '../../../engine/backends/webgpu/load';
import type { BackendReport } from '../../../engine/protocol';
import { needsAnyGpu, needsSmallNetworks } from './gpu';
import { values } from './reference';

const program = path.resolve('out/test/engine/backends/trainAndHash.js');

describe('webgpu', () => {
  it('distinguishes a GPU from a software implementation', () => {
    const said = { vendor: '', architecture: '', device: '', description: '' };
    const ofWords = (words: Partial<typeof said>) => describeAdapter({ ...said, ...words });
    assert.deepEqual(ofWords({ vendor: 'nvidia', description: 'NVIDIA A100-SXM4-80GB' }), {
      name: 'NVIDIA A100-SXM4-80GB',
      software: false,
    });
    assert.deepEqual(ofWords({ vendor: 'apple', architecture: 'metal-3' }), { name: 'apple metal-3', software: false });
    for (const description of ['llvmpipe: Mesa 25.0.7', 'SwiftShader driver 5.0.0', 'Microsoft Basic Render Driver'])
      assert.ok(ofWords({ description }).software, description);
    assert.ok(describeAdapter({ ...said, isFallbackAdapter: true }).software);
  });

  it('is never chosen by auto on a software implementation', () => {
    const report: BackendReport = { name: 'webgpu', usable: true, device: '', version: '', problem: '' };
    assert.ok(isAutomatic(report));
    assert.ok(!isAutomatic({ ...report, software: true }));
    assert.ok(!isAutomatic({ ...report, usable: false }));
  });

  it('explains why its library does not load and what to do', () => {
    assert.match(
      explainLoading("/lib/libc.so.6: version `GLIBC_2.34' not found (required by dawn.node)"),
      /glibc 2\.34/,
    );
    assert.match(explainLoading("Cannot find module '/m/webgpu/dist/linux-ia32/dawn.node'"), /no library for/);
    assert.match(explainLoading('libfoo.so: cannot open shared object file'), /libfoo\.so.*backends install webgpu/);
  });
});

describe('webgpu on a device', function () {
  this.timeout(320_000);
  before(needsAnyGpu);

  it('trains to the same bytes in another process, and lets the process end', async () => {
    const narrow = JSON.stringify({ model: 'convnet', options: { widths: [4, 8] } });
    const network = (await needsSmallNetworks()) ? narrow : 'convnet';
    const run = async () => {
      const call = [program, 'webgpu', network, '12'];
      const { stdout } = await promisify(execFile)(process.execPath, call, { timeout: 150_000 });
      return stdout.trim();
    };
    const first = await run();
    assert.ok(first.length > 10);
    assert.equal(await run(), first);
  });

  it('multiplies matrices of small and large depth, transposed or not', async () => {
    await startBackend('webgpu');
    for (const [rows, depth, columns] of [
      [3, 7, 19],
      [65, 2100, 20],
    ] as const)
      for (const turnA of [false, true])
        for (const turnB of [false, true]) {
          const [a, b] = [values(rows * depth, 1), values(depth * columns, 2)];
          const computed = tidy(() => {
            const left = tensor2d(a, [rows, depth]);
            const right = tensor2d(b, [depth, columns]);
            return matMul(turnA ? transpose(left) : left, turnB ? transpose(right) : right, turnA, turnB);
          });
          const result = await computed.data();
          computed.dispose();
          for (let i = 0; i < rows * columns; i++) {
            const [row, column] = [Math.floor(i / columns), i % columns];
            let sum = 0;
            for (let k = 0; k < depth; k++) sum += a[row * depth + k]! * b[k * columns + column]!;
            assert.ok(Math.abs(result[i]! - sum) < 1e-5 * depth ** 0.5, `${rows}×${depth}×${columns} [${i}]`);
          }
        }
  });

  it('starts again after it was disposed', async () => {
    const backend = await startBackend('webgpu');
    backend.dispose();
    const again = await startBackend('webgpu');
    assert.equal(again.choice.name, 'webgpu');
    const y = tidy(() => gelu(tensor1d([0, 1])));
    const [, value] = await y.data();
    y.dispose();
    assert.ok(Math.abs(value! - 0.8413447) < 1e-6);
  });
});
