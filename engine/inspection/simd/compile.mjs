// Compiles kernels.as into kernels.ts: `npm run kernels`. The result is committed, so that a build does not need AssemblyScript. With
// --check, writes nothing and fails if kernels.ts is out of date.
import asc from 'assemblyscript/asc';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FLAGS =
  '-O3 --noAssert --uncheckedBehavior always --runtime stub --use abort= --enable simd --enable bulk-memory';

const source = readFileSync(path.join(import.meta.dirname, 'kernels.as'), 'utf8');
let module;
const { error, stderr } = await asc.main(['kernels.ts', '-o', 'kernels.wasm', ...FLAGS.split(' ')], {
  readFile: (name) => (name === 'kernels.ts' ? source : null),
  writeFile: (_name, bytes) => (module = bytes),
  listFiles: () => [],
});
if (error) throw new Error(`${error.message}\n${stderr.toString()}`);

const text = `/** Compiled from kernels.as by compile.mjs (\`npm run kernels\`); do not edit. Base64 of a WebAssembly module with a memory of its own. */
export const KERNELS =
  '${Buffer.from(module).toString('base64')}';
`;
const compiled = path.join(import.meta.dirname, 'kernels.ts');
if (!process.argv.includes('--check')) writeFileSync(compiled, text);
else if (readFileSync(compiled, 'utf8') !== text)
  throw new Error('kernels.ts is not what kernels.as compiles to: run `npm run kernels`');
