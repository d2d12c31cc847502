/** Tests the operations that replace others in a captured step: where they do, and that the bytes remain the same. */
import assert from 'node:assert/strict';
import { add, grads, tensor, type Tensor, type Tensor1D, type Tensor4D } from '@tensorflow/tfjs-core';
import type { Backend } from '../../../engine/backends/backend';
import { eager } from '../../../engine/backends/eager';
import { swish } from '../../../engine/backends/operations/activations';
import { addRelu } from '../../../engine/backends/operations/elementwise';
import { batchNorm } from '../../../engine/backends/operations/normalization';
import { reportBackends } from '../../../engine/backends/report';
import { startBackend } from '../../../engine/backends/startBackend';
import { fuse } from '../../../engine/backends/tensorflow/fuse';
import type { Operation } from '../../../engine/backends/tensorflow/record';
import { values } from './reference';

const IMAGES = [8, 4, 4, 19];

/** An operation on images. Tensors below 0 are given, others are results. */
function operation(name: string, inputs: number[], outputs: number[], shape = IMAGES): Operation {
  const attributes = [
    { name: 'epsilon', type: 2, value: 1e-5 },
    { name: 'relu', type: 3, value: false },
  ];
  return { name, attributes, inputs, outputs, shapes: outputs.map(() => shape) };
}

function fusedNames(operations: Operation[], results: number[]): string[] {
  const { operations: fused } = fuse({ constants: [], operations }, results, { TF_ATTR_INT: 1 });
  return fused.map(({ name }) => name);
}

const CONVOLUTION = operation('Conv2D', [-1, -2], [0]);
const NORM = operation('SignBatchNorm', [0, -3, -4], [1, 2, 3, 4]);
const END = [operation('AddV2', [1, 0], [5]), operation('Relu', [5], [6])];
const START = [operation('Add', [0, 1], [2]), operation('ReluGrad', [2, -1], [3])];
const GRADIENT = operation('SignBatchNormGradient', [3, -2, -3, -4, -5, -6], [4, 5, 6]);
const TERMS = [operation('Conv2D', [-1, -2], [0]), operation('Conv2D', [-3, -4], [1])];

describe('fusing recorded operations', () => {
  it('joins batch norm, addition and relu, unless something else needs what is in between', () => {
    assert.deepEqual(fusedNames([CONVOLUTION, NORM, ...END], [6]), ['Conv2D', 'SignBatchNormAdd']);
    for (const id of [1, 5]) {
      const plain = [CONVOLUTION, NORM, ...END];
      const names = plain.map(({ name }) => name);
      assert.deepEqual(fusedNames(plain, [6, id]), names, `${id} is a result`);
      const user = operation('Neg', [id], [9]);
      assert.deepEqual(fusedNames([...plain, user], [6, 9]), [...names, 'Neg'], `${id} is used`);
    }
  });

  it('does not join an addition that repeats an operand', () => {
    const small = operation('Conv2D', [-1, -2], [0], [19]);
    assert.deepEqual(fusedNames([small, NORM, ...END], [6]), ['Conv2D', 'SignBatchNorm', 'AddV2', 'Relu']);
    const given = [CONVOLUTION, NORM, operation('AddV2', [1, -9], [5]), END[1]!];
    assert.deepEqual(fusedNames(given, [6]), ['Conv2D', 'SignBatchNorm', 'AddV2', 'Relu']);
  });

  it('joins the gradients, and the addition before them unless something else needs the sum', () => {
    const all = [...TERMS, ...START, GRADIENT];
    assert.deepEqual(fusedNames(all, [3, 4]), ['Conv2D', 'Conv2D', 'SignBatchNormAddGradient']);
    assert.deepEqual(fusedNames(all, [2, 4]), ['Conv2D', 'Conv2D', 'Add', 'SignBatchNormAddGradient']);
    const second = operation('SignBatchNormGradient', [3, -7, -3, -4, -5, -6], [7, 8, 9]);
    assert.deepEqual(fusedNames([...all, second], [4, 7]).slice(2), [second.name, 'SignBatchNormAddGradient']);
  });

  describe('batch norm and swish', () => {
    const swish = operation('SignSwish', [1], [5]);
    const slope = operation('SignSwishGradient', [-9, 1], [6]);
    const gradient = operation('SignBatchNormGradient', [6, 0, -3, -4, 2, 4], [7, 8, 9]);
    const all = [CONVOLUTION, NORM, swish, slope, gradient];
    const both = ['Conv2D', 'SignBatchNormSwish', 'SignBatchNormSwishGradient'];

    it('are joined, and their gradients', () => {
      assert.deepEqual(fusedNames([CONVOLUTION, NORM, swish], [5]), ['Conv2D', 'SignBatchNormSwish']);
      assert.deepEqual(fusedNames(all, [5, 2, 7]), both);
    });

    it('are not joined if something else needs what is in between', () => {
      const names = all.map(({ name }) => name);
      for (const id of [1, 6]) {
        assert.deepEqual(fusedNames(all, [5, 7, id]), names, `${id} is a result`);
        const user = operation('Neg', [id], [10]);
        assert.deepEqual(fusedNames([...all, user], [5, 7, 10]), [...names, 'Neg'], `${id} is used`);
      }
      const ofOther = operation('SignBatchNormGradient', [6, 0, -3, -4, 2, -8], [7, 8, 9]);
      const unlike = [...all.slice(0, 4), ofOther];
      assert.deepEqual(fusedNames(unlike, [5, 7]), names, 'the gradient belongs to another batch norm');
    });
  });

  describe('on tensorflow', () => {
    let backend: Backend;
    before(async function () {
      const report = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
      if (!report.operations) this.skip();
      backend = await startBackend('tensorflow');
    });

    it('gives the bytes of single operations', () => {
      const size = IMAGES.reduce((a, b) => a * b);
      const x = tensor(values(size, 1), IMAGES);
      const psi = [2, 3, 4, 5].map((seed) => tensor(values(19, seed)));
      const dy = tensor(values(size, 6), IMAGES);
      const [captured, single] = [backend, eager].map(({ createCell, compile }) => {
        const inputs = [x, ...psi, dy];
        const cells = inputs.slice(0, 5).map((one) => createCell(one.clone()));
        compile({
          cells,
          run: ([...given]) => {
            gradientsOfBlocks(given).forEach((gradient, i) => {
              cells[i]!.replace(gradient);
            });
          },
        }).run(inputs, {});
        return cells.map((cell) => [...new Uint32Array(cell.read().dataSync<'float32'>().slice().buffer)]);
      });
      assert.deepEqual(captured, single);
    });
  });
});

/** Returns the gradients of two residual blocks, the first of which also normalizes its shortcut, and of swish after batch norm. */
function gradientsOfBlocks([x, ...others]: Tensor[]): Tensor[] {
  const dy = others.pop()!;
  const normalized = (images: Tensor, scale: Tensor, shift: Tensor): Tensor4D =>
    batchNorm(images as Tensor4D, { scale, shift } as { scale: Tensor1D; shift: Tensor1D }, {
      epsilon: 1e-5,
      relu: false,
    }).y;
  const blocks = (images: Tensor, ...psi: Tensor[]): Tensor => {
    const [a, b, c, d] = psi as [Tensor, Tensor, Tensor, Tensor];
    const first = addRelu(normalized(add(images, images), a, b), normalized(images, c, d));
    const second = swish(normalized(addRelu(normalized(add(first, first), c, b), first), a, d));
    return add(second, swish(normalized(second, b, c)));
  };
  return grads(blocks)([x!, ...others], dy);
}
