import assert from 'node:assert/strict';
import { grads, matMul, memory, reshape, tensor, tidy, type Rank, type Tensor } from '@tensorflow/tfjs-core';
import type { Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Fed } from '../../../engine/backends/backend';
import { relu6, sigmoid, swish } from '../../../engine/backends/operations/activations';
import { attention } from '../../../engine/backends/operations/attention';
import {
  scaleChannels,
  shuffleChannels,
  splitChannels,
  concatChannels,
} from '../../../engine/backends/operations/channels';
import { conv2d } from '../../../engine/backends/operations/convolution';
import {
  drawKey,
  drawNumbers,
  dropConnect,
  dropout,
  type DrawNumber,
} from '../../../engine/backends/operations/dropout';
import { globalMean } from '../../../engine/backends/operations/elementwise';
import { groupNorm } from '../../../engine/backends/operations/normalization';
import { adaptiveAveragePool, averagePool } from '../../../engine/backends/operations/pooling';
import { addPositions, prependToken } from '../../../engine/backends/operations/tokens';
import { reportBackends } from '../../../engine/backends/report';
import { startBackend } from '../../../engine/backends/startBackend';
import { sizeOf } from '../../../engine/tensors';
import { assertNear } from './check';
import { values } from './reference';

const SHAPES = {
  x: [2, 6, 6, 6],
  grouped: [3, 3, 3, 12],
  depthwise: [3, 3, 1, 12],
  scale: [12],
  shift: [12],
  token: [12],
  positions: [10, 12],
};
type Name = keyof typeof SHAPES;
const NAMES = Object.keys(SHAPES) as Name[];

/** A network that uses each operation once. */
function forward(
  key: Tensor1D,
  { x, grouped, depthwise, scale, shift, token, positions }: Record<Name, Tensor>,
): Tensor {
  let y = conv2d(x as Tensor4D, grouped as Tensor4D, { stride: 1, padding: 1, groups: 2 });
  y = groupNorm(y, { scale: scale as Tensor1D, shift: shift as Tensor1D }, { groups: 3, epsilon: 1e-5 });
  y = conv2d(swish(y), depthwise as Tensor4D, { stride: 1, padding: 2, groups: 12, dilation: 2 });
  y = shuffleChannels(scaleChannels(y, sigmoid(globalMean(y))), 3);
  y = averagePool(relu6(y), { size: 2, stride: 2, padding: 0 });
  y = dropConnect(concatChannels(splitChannels(y, [5, 7])), { rate: 0.5, key, layer: 'block' });
  y = adaptiveAveragePool(dropout(y, { rate: 0.3, key, layer: 'classifier' }), { height: 3, width: 3 });
  const tokens = addPositions(prependToken(reshape<Rank.R3>(y, [2, 9, 12]), token), positions);
  return matMul(attention(tokens, { heads: 2 }), tensor(values(2 * 4, 5), [2, 4, 1]));
}

/** Returns all gradients as one vector. */
function step(inputs: readonly Tensor[], numbers: Record<DrawNumber, Fed>): Tensor2D {
  const key = drawKey(numbers);
  const run = (...given: Tensor[]) =>
    forward(key, Object.fromEntries(NAMES.map((name, i) => [name, given[i]!])) as Record<Name, Tensor>);
  const gradients = grads(run)([...inputs], tensor(values(20, 9), [2, 10, 1]));
  return concatRows(gradients);
}

function concatRows(gradients: Tensor[]): Tensor2D {
  const rows = gradients.map((each) => reshape<Rank.R4>(each, [1, 1, 1, -1]));
  return reshape(concatChannels(rows), [1, -1]);
}

describe('a captured step with each operation', function () {
  this.timeout(60_000);

  before(async function () {
    const report = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
    if (report.usable) return;
    console.log(`    skipped: ${report.problem}`);
    this.skip();
  });

  it('computes what the operations compute one by one, with masks for the numbers that it is fed', async () => {
    const backend = await startBackend('tensorflow');
    const before = memory().numTensors;
    const inputs = NAMES.map((name, i) => tensor(values(sizeOf(SHAPES[name]), i + 1), SHAPES[name]));
    const size = inputs.reduce((sum, each) => sum + each.size, 0);
    const cell = backend.createCell(tensor(new Float32Array(size), [1, size]));
    let traced = 0;
    const compiled = backend.compile<DrawNumber>({
      cells: [cell],
      run(given, numbers) {
        traced++;
        cell.replace(step(given, numbers));
      },
    });
    const results = [812, 813, 812].map((position) => {
      const numbers = drawNumbers(7, 'dropout', 0, position);
      compiled.run(inputs, numbers);
      const captured = cell.read().dataSync<'float32'>().slice();
      const expected = tidy(() => step(inputs, numbers).dataSync<'float32'>().slice());
      assertNear(captured, expected, `step ${position}`);
      return captured;
    });
    assert.equal(traced, 1, 'the step was not captured');
    assert.deepEqual(results[0], results[2]);
    assert.notDeepEqual(results[0], results[1]);
    assert.ok(results[0]!.every(Number.isFinite) && results[0]!.some((value) => Math.abs(value) > 1e-3));
    for (const owner of [compiled, cell, ...inputs]) owner.dispose();
    assert.equal(memory().numTensors, before, 'tensors leaked');
  });

  it('has the same gradients on wasm', async () => {
    const numbers = drawNumbers(7, 'dropout', 0, 812);
    const computed: Float32Array[] = [];
    for (const name of ['wasm', 'tensorflow'] as const) {
      await startBackend(name);
      computed.push(
        tidy(() => {
          const inputs = NAMES.map((each, i) => tensor(values(sizeOf(SHAPES[each]), i + 1), SHAPES[each]));
          return step(inputs, numbers).dataSync<'float32'>().slice();
        }),
      );
    }
    assertNear(computed[0]!, computed[1]!, 'gradients');
  });
});
