import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs-core';
import { readInstalled } from '../../../engine/backends/tensorflow/installed';
import { loadTensorFlow } from '../../../engine/backends/tensorflow/load';

describe('the private installation of TensorFlow', () => {
  before(async function () {
    if (!readInstalled()) {
      console.log('    skipped: TensorFlow is not installed (winning-sign backends install tensorflow).');
      this.skip();
    }
    assert.equal((await loadTensorFlow()).problem, '');
  });

  it('registers its kernels in the tfjs of the engine and keeps the current backend', async () => {
    const before = tf.getBackend();
    await loadTensorFlow();
    assert.equal(tf.getBackend(), before);
    assert.ok(tf.getKernelsForBackend('tensorflow').length > 100);
    assert.ok(tf.findBackend('tensorflow') instanceof tf.KernelBackend);
  });

  it('computes with kernels that call methods of tensors', async () => {
    await tf.setBackend('tensorflow');
    const values = tf.tidy(() => ({
      arg: tf.argMax(tf.tensor1d([false, true], 'bool')).arraySync(),
      exp: tf.exp(tf.scalar(0, 'int32')).arraySync(),
      prelu: tf.prelu(tf.tensor1d([-2, 3]), tf.tensor1d([0.5, 0.5])).arraySync(),
    }));
    assert.deepEqual(values, { arg: 1, exp: 1, prelu: [-1, 3] });
  });
});
