import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

it('the committed kernels are up to date with their source', async () => {
  await promisify(execFile)(process.execPath, ['engine/backends/wasm/simd/compile.mjs', '--check']);
}).timeout(60_000);
