/**
 * Loads the private installation: the kernels and the backend of tfjs-node with our tfjs-core, and the addon that was compiled on this
 * machine.
 */
import * as tf from '@tensorflow/tfjs-core';
import { createRequire } from 'node:module';
import path from 'node:path';
import { places, SHARED_TFJS, tensorFlowHome } from './installed';

/** The part of tfjs-node that is used here, in addition to tfjs-core. */
export interface TensorFlowNode {
  version: Record<string, string>;
}

interface BackendModule {
  NodeJSKernelBackend: new (binding: unknown, packageName: string) => tf.KernelBackend;
}

/**
 * Registers the backend `tensorflow` and its kernels. All of them must use the same tfjs-core. A second copy would share only the
 * engine, the registries and the flags, which tfjs keeps in the global object.
 */
export function requirePrivate(home = tensorFlowHome()): TensorFlowNode {
  const require = createRequire(path.join(places.tfjsNode(home), 'package.json'));
  const binding: unknown = require(places.addon(home)); // comes first, because it may fail
  Object.assign(globalThis, { [Symbol.for(SHARED_TFJS)]: { ...tf, KernelBackend: callableBackend() } });
  supplyChainedOperations();
  require('./dist/register_all_kernels');
  const { NodeJSKernelBackend } = require('./dist/nodejs_kernel_backend') as BackendModule;
  const backend = new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node'); // made here, so that this function throws its errors
  tf.registerBackend('tensorflow', () => backend);
  const { version } = require('./package.json') as { version: string };
  return { version: { 'tfjs-node': version } };
}

/**
 * A base class without state that can be called without `new`. tfjs-node is compiled to an older JavaScript, which calls base classes in
 * this way.
 */
function callableBackend(): object {
  const callable = function () {
    // Nothing to set up.
  };
  callable.prototype = tf.KernelBackend.prototype;
  return callable;
}

/** Adds to tensors the methods that some kernels of tfjs-node call. In tfjs-core they exist only as functions. */
function supplyChainedOperations(): void {
  Object.assign(tf.Tensor.prototype, {
    toInt(this: tf.Tensor) {
      return tf.cast(this, 'int32');
    },
    toFloat(this: tf.Tensor) {
      return tf.cast(this, 'float32');
    },
    add(this: tf.Tensor, other: tf.TensorLike) {
      return tf.add(this, other);
    },
    sub(this: tf.Tensor, other: tf.TensorLike) {
      return tf.sub(this, other);
    },
    mul(this: tf.Tensor, other: tf.TensorLike) {
      return tf.mul(this, other);
    },
  });
}
