import assert from 'node:assert/strict';
import { backendText, kernelsOf } from '../../../engine/vocabulary/backendWords';
import type { BackendChoice } from '../../../engine/vocabulary/runEvents';

const choice = (name: BackendChoice['name'], others: Partial<BackendChoice> = {}): BackendChoice => ({
  ...{ name, device: 'D', threads: 1, deterministic: true, reason: '' },
  ...others,
});

describe('the words about a backend', () => {
  it('have its kernels or operations, and what is meant where a log has none', () => {
    const kernels = 'relaxed, fused, winograd';
    assert.equal(backendText(choice('wasm', { kernels })), `wasm, D (kernels: ${kernels})`);
    assert.equal(backendText(choice('wasm')), 'wasm, D (kernels: simd)');
    assert.equal(backendText(choice('tensorflow')), 'tensorflow, D (operations: none)');
    assert.equal(backendText(choice('webgpu')), 'webgpu, D');
    assert.equal(kernelsOf(choice('tensorflow', { operations: 'neon' })), 'neon');
  });

  it('say if a run has changed its backend, kernels or threads', () => {
    assert.equal(backendText(choice('webgpu', { mixed: true })), 'webgpu, D (changed during the run)');
    const text = backendText(choice('tensorflow', { operations: 'avx2', mixed: true }));
    assert.equal(text, 'tensorflow, D (operations: avx2; changed during the run)');
  });
});
