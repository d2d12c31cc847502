import assert from 'node:assert/strict';
import {
  engine,
  getKernel,
  grad,
  registerKernel,
  tensor1d,
  tensor2d,
  unregisterKernel,
  zeros,
  type BackendValues,
  type KernelFunc,
  type NamedAttrMap,
  type Rank,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { startBackend } from '../../../engine/backends/startBackend';
import { gelu } from '../../../engine/backends/operations/elementwise';
import { linear } from '../../../engine/backends/operations/linear';
import { replaceKernel } from '../../../engine/backends/operations/kernel';
import { layerNorm } from '../../../engine/backends/operations/normalization';
import { values } from './reference';

describe('replaceKernel', () => {
  const called: string[] = [];
  const named = (name: string): KernelFunc => {
    return () => {
      called.push(name);
      return [];
    };
  };
  const call = (attrs: NamedAttrMap) => {
    getKernel('Reverse', 'made-up').kernelFunc({ inputs: {}, backend: {}, attrs });
    return called.splice(0);
  };

  before(() => {
    registerKernel({ kernelName: 'Reverse', backendName: 'made-up', kernelFunc: named('stock') });
    replaceKernel({ name: 'Reverse', backend: 'made-up', implemented: ['dims'] }, () => named('ours'));
  });
  after(() => {
    unregisterKernel('Reverse', 'made-up');
  });

  it('runs the kernel of tfjs for calls with an attribute that ours does not implement', () => {
    assert.deepEqual([call({ dims: [0] }), call({ dims: [0], axis: 1 })], [['ours'], ['stock']]);
  });
});

it('gradients need no zeros for outputs that are not differentiable', async () => {
  await startBackend('wasm');
  const { backend } = engine();
  const write = backend.write.bind(backend);
  const written: number[] = [];
  backend.write = (values, shape, dtype) => {
    if ((values as BackendValues | null) !== null) written.push(values.length);
    return write(values, shape, dtype);
  };
  try {
    const x = tensor2d(values(33 * 17, 1), [33, 17]);
    const psi = { scale: tensor1d(values(17, 2)), shift: tensor1d(values(17, 3)) };
    const normed = grad((y) => gelu(layerNorm(y, psi, { epsilon: 1e-5 })))(x, x);
    assert.ok(normed.dataSync().every(Number.isFinite));
    assert.deepEqual(written, [x.size, 17, 17], 'only the operands are copied to the memory of the backend');
  } finally {
    backend.write = write;
  }
});

it('gradients are refused if tfjs records a kernel in another place, because they would then get zeros', async () => {
  await startBackend('wasm');
  const x = tensor1d(values(5, 1));
  const elsewhere = (y: Tensor) => {
    engine().state.activeTape.push = () => 0;
    return gelu(y);
  };
  assert.throws(() => grad(elsewhere)(x), /^Error: SignGelu is not at the end of the tape of tfjs \d/);
  assert.ok(grad(gelu)(x).dataSync().every(Number.isFinite), 'later gradients are computed');
});

it('a linear layer without inputs gives its bias', async () => {
  await startBackend('wasm');
  const bias = tensor1d([1, -2, 3]);
  const y = linear(zeros<Rank.R2>([4, 0]), { weight: zeros<Rank.R2>([0, 3]), bias });
  assert.deepEqual(
    y.arraySync(),
    Array.from({ length: 4 }, () => [1, -2, 3]),
  );
});
