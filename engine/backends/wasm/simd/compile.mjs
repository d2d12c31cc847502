// Compiles kernels.as into kernels.ts: `npm run kernels`. The result is committed, so that a build needs no AssemblyScript.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const COMPILER = 'assemblyscript@0.28.20';
const FLAGS =
  '-O3 --noAssert --uncheckedBehavior always --importMemory --runtime stub --use abort= --enable simd --enable bulk-memory';
const SHARED = '--sharedMemory --maximumMemory 65536 --enable threads';

const folder = mkdtempSync(path.join(os.tmpdir(), 'kernels-'));
copyFileSync(path.join(import.meta.dirname, 'kernels.as'), path.join(folder, 'kernels.ts'));

function compile(flags) {
  const command = `--yes --package ${COMPILER} asc kernels.ts -o kernels.wasm ${flags}`;
  execFileSync('npx', command.split(' '), { cwd: folder, stdio: 'inherit' });
  return readFileSync(path.join(folder, 'kernels.wasm')).toString('base64');
}

const text = `/** Compiled from kernels.as by compile.mjs (\`npm run kernels\`); do not edit. Base64 of a WebAssembly module, for memory that is ours alone or shared by threads. */
export const PRIVATE_MEMORY =
  '${compile(FLAGS)}';

export const SHARED_MEMORY =
  '${compile(`${FLAGS} ${SHARED}`)}';
`;
writeFileSync(path.join(import.meta.dirname, 'kernels.ts'), text);
rmSync(folder, { recursive: true });
