// Compiles kernels.as and the files that it imports into kernels.ts: `npm run kernels`. The result is committed, so that a build does
// not need AssemblyScript. With --check, writes nothing and fails if kernels.ts is out of date.
import asc from 'assemblyscript/asc';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FLAGS = '-O3 --noAssert --uncheckedBehavior always --importMemory --runtime stub --use abort=';
const FEATURES = '--enable simd --enable bulk-memory';
const RELAXED = '--enable relaxed-simd';
const SHARED = '--sharedMemory --maximumMemory 65536 --enable threads';

/** The compiler requests `NAME.ts`, and then other paths of a file until one exists. */
function readSource(name) {
  const file = path.join(import.meta.dirname, name.replace(/\.ts$/, '.as'));
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}

/** The compiled module as base64. */
async function compile(flags) {
  const args = ['kernels.ts', '-o', 'kernels.wasm', ...flags.split(' ')];
  let module;
  const { error, stderr } = await asc.main(args, {
    readFile: readSource,
    writeFile: (_name, bytes) => (module = bytes),
    listFiles: () => [],
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return Buffer.from(module).toString('base64');
}

const [plain, relaxed] = [`${FLAGS} ${FEATURES}`, `${FLAGS} ${FEATURES} ${RELAXED}`];
const text = `/**
 * Compiled from kernels.as by compile.mjs (\`npm run kernels\`); do not edit. Base64 of WebAssembly modules, for memory that is ours alone or
 * shared by threads, with ordinary or relaxed vector instructions.
 */
export const PRIVATE_MEMORY = {
  simd: '${await compile(plain)}',
  relaxed:
    '${await compile(relaxed)}',
};

export const SHARED_MEMORY = {
  simd: '${await compile(`${plain} ${SHARED}`)}',
  relaxed:
    '${await compile(`${relaxed} ${SHARED}`)}',
};
`;
const compiled = path.join(import.meta.dirname, 'kernels.ts');
if (!process.argv.includes('--check')) writeFileSync(compiled, text);
else if (readFileSync(compiled, 'utf8') !== text) throw new Error('kernels.ts is out of date. Run `npm run kernels`');
