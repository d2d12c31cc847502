import assert from 'node:assert/strict';
import { compilerFlags, executableSets, setsFor } from '../../../engine/backends/tensorflow/instructions';

describe('vector instructions of the processor', () => {
  it('decide which operations it can execute, the fastest first', () => {
    const flags = (text: string) => new Set(text.split(' '));
    assert.deepEqual(executableSets('x64', flags('sse4_2 avx avx2 fma avx512f avx512bw avx512dq avx512vl')), [
      'avx512',
      'avx2',
    ]);
    assert.deepEqual(executableSets('x64', flags('avx avx2 fma avx512f')), ['avx2']);
    assert.deepEqual(executableSets('x64', flags('avx avx2')), []);
    assert.deepEqual(executableSets('arm64', flags('')), ['neon']);
    assert.deepEqual(executableSets('riscv64', flags('avx2 fma')), []);
  });

  it('are the options of the compiler', () => {
    assert.deepEqual(setsFor('x64'), ['avx512', 'avx2']);
    assert.deepEqual(compilerFlags('avx2'), ['-mavx2', '-mfma']);
    assert.deepEqual(compilerFlags('neon'), []);
  });
});
