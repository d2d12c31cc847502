import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Compared } from './compareLinear';

describe('linear layers on wasm', function () {
  this.timeout(60_000);

  for (const instructions of ['simd', 'relaxed'])
    for (const threads of [1, 3])
      it(`give the bytes of single operations: ${instructions}, threads: ${threads}`, async () => {
        const kernels = `${instructions}, winograd, gelu32`;
        const env = { ...process.env, WINNING_SIGN_KERNELS: kernels, WINNING_SIGN_THREADS: String(threads) };
        const program = path.join(__dirname, 'compareLinear.js');
        const { stdout } = await promisify(execFile)(process.execPath, [program], { env });
        const compared = JSON.parse(stdout) as Compared;
        assert.deepEqual(
          { ...compared, kernels: compared.kernels.replace(', fused', '') },
          { kernels, threads, results: 88, differing: [] },
        );
      });
});
