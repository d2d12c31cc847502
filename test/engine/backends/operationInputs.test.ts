/** Tests that Winning Sign's operations in TensorFlow refuse inputs that do not fit, before they write outside of a result. */
import assert from 'node:assert/strict';
import { engine, zeros, type KernelBackend } from '@tensorflow/tfjs-core';
import { startBackend } from '../../../engine/backends/startBackend';
import type { NodeBackend } from '../../../engine/backends/tensorflow/executor';
import { reportTensorFlow } from '../../../engine/backends/tensorflow/start';

describe('the inputs of operations in tensorflow', function () {
  this.timeout(60_000);
  let backend: KernelBackend & NodeBackend;

  before(async function () {
    if ((await reportTensorFlow()).operations === undefined) this.skip();
    await startBackend('tensorflow');
    backend = engine().backend as KernelBackend & NodeBackend;
  });

  it('are refused if pixels begin outside of the images, even if there are none', () => {
    const place = (offset: number) => {
      const given = { rows: 2, columns: 2, offset, stride: 1 };
      const type = backend.binding.TF_ATTR_INT;
      const attributes = Object.entries(given).map(([name, value]) => ({ name, type, value }));
      return backend.executeMultipleOutputs('SignPlacePixels', attributes, [zeros([1, 1, 0, 1])], 1)[0]!;
    };
    assert.deepEqual([...place(1).dataSync()], [0, 0, 0, 0]);
    assert.throws(() => place(3), /the small images do not fit into the large ones/);
  });
});
