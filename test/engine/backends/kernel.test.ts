import assert from 'node:assert/strict';
import { getKernel, registerKernel, unregisterKernel, type KernelFunc, type NamedAttrMap } from '@tensorflow/tfjs-core';
import { replaceKernel } from '../../../engine/backends/operations/kernel';

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
