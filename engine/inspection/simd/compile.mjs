// Compiles kernels.as, cells.as, structure.as, formats.as and measure.as into kernels.ts: `npm run kernels`. The result is committed, so that a build does not need
// AssemblyScript. With --check, writes nothing and fails if kernels.ts is out of date.
import asc from 'assemblyscript/asc';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FLAGS =
  '-O3 --noAssert --uncheckedBehavior always --runtime stub --use abort= --enable simd --enable bulk-memory';
const ENTRIES = ['kernels', 'cells', 'structure', 'formats', 'measure'];
const SOURCES = [...ENTRIES, 'lanes', 'exponents', 'extremes'];

const sources = new Map(
  SOURCES.map((name) => [`${name}.ts`, readFileSync(path.join(import.meta.dirname, `${name}.as`), 'utf8')]),
);
let module;
const entries = ENTRIES.map((name) => `${name}.ts`);
const { error, stderr } = await asc.main([...entries, '-o', 'kernels.wasm', ...FLAGS.split(' ')], {
  readFile: (name) => sources.get(name) ?? null,
  writeFile: (_name, bytes) => (module = bytes),
  listFiles: () => [],
});
if (error) throw new Error(`${error.message}\n${stderr.toString()}`);

const text = `/** Compiled from kernels.as, cells.as, structure.as, formats.as and measure.as by compile.mjs (\`npm run kernels\`); do not edit. Base64 of a WebAssembly module with a memory of its own. */
export const KERNELS =
  '${Buffer.from(module).toString('base64')}';
`;
const compiled = path.join(import.meta.dirname, 'kernels.ts');
if (!process.argv.includes('--check')) writeFileSync(compiled, text);
else if (readFileSync(compiled, 'utf8') !== text)
  throw new Error('kernels.ts is not what kernels.as compiles to: run `npm run kernels`');
