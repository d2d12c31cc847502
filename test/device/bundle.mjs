/**
 * `node test/device/bundle.mjs FOLDER` copies the files that a machine without this repository needs. The copy has the same layout, so
 * tests and programs find their files by the same paths. Run `npm run build` before.
 */
import * as esbuild from 'esbuild';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const folder = path.resolve(process.argv[2]);

/**
 * Tests that compare WebGPU with reference results. They share one bundle, because two copies of tfjs in a process would disturb each
 * other.
 */
const TESTS = [
  'test/engine/backends/operations.test.ts',
  'test/engine/training/webgpu.test.ts',
  'test/engine/backends/webgpu.test.ts',
];
/** The program that one of the tests starts, and the bench. */
const PROGRAMS = ['test/engine/backends/trainAndHash.ts', 'test/bench/main.ts', 'test/bench/ours/main.ts'];
/** Files to copy. */
const FILES = [
  'dist/engine',
  'test/fixtures/cases',
  'test/fixtures/oracles',
  'test/bench/peer.py',
  'test/device/summarize.mjs',
];
/** Files that the check does not use: other formats of files, figures, other WASM backends, and networks that only other tests compare. */
const LEFT_OUT = [
  /\.(map|ttf|schema\.json)$/,
  /engine\/(server|serverProgram|hdf5Thread|scanThread)\.js$/,
  /engine\/(resvg|mozjpeg_dec|tfjs-backend-wasm|tfjs-backend-wasm-simd)\.wasm$/,
  /oracles\/arch$/,
];
/** The sample, of which the search of the check reads only the first images. */
const SAMPLE = 'dist/engine/sample';
const READ_IMAGES = { train: 2048, t10k: 512 };
const WASM = 'tfjs-backend-wasm-threaded-simd.wasm';
/** Packages to copy with their dependencies. */
const PACKAGES = ['mocha', 'webgpu'];
/** Parts of packages that are not needed: files for developers of the package, or for other systems. */
const UNUSED = [
  /\.(map|d\.ts)$|\/\.bin$|\/webgpu\/(build|dist\/(darwin|win32|linux-arm64)[^/]*)$|\/mocha\/mocha\.(js|css)$/,
];

const common = {
  ...{ bundle: true, platform: 'node', target: 'node20', format: 'cjs', mainFields: ['module', 'main'] },
  ...{ minify: true, logLevel: 'warning', external: ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'] },
};
/** The rows of the bench with panels need a browser, which is large and is not on that machine. Any module may take its place. */
const alias = { 'playwright-core': 'node:util' };
await esbuild.build({ ...common, alias, entryPoints: PROGRAMS, outbase: '.', outdir: path.join(folder, 'out') });
await esbuild.build({
  ...common,
  stdin: { contents: TESTS.map((test) => `import './${test}';`).join('\n'), resolveDir: process.cwd() },
  outfile: path.join(folder, 'out/test/device/tests.js'),
});
for (const file of FILES) await copy(file, LEFT_OUT);
// The tests compare steps on the GPU with steps on wasm, whose binary is next to the program.
await cp(`dist/engine/${WASM}`, path.join(folder, 'out/test/device', WASM));
for (const [split, count] of Object.entries(READ_IMAGES))
  for (const kind of ['images-idx3', 'labels-idx1']) await shorten(`${SAMPLE}/${split}-${kind}-ubyte.gz`, count);
const packages = new Set();
for (const name of PACKAGES) await addPackage(name, process.cwd());
for (const place of packages) await copy(place, UNUSED);

/** Replaces links by their files, because links may be lost when the package is copied. */
async function copy(place, leftOut) {
  const target = path.join(folder, place);
  await mkdir(path.dirname(target), { recursive: true });
  const filter = (source) =>
    !leftOut.some((pattern) => pattern.test(source)) && (source === place || !source.endsWith('/node_modules'));
  await cp(place, target, { recursive: true, dereference: true, filter });
}

/** Keeps the first entries of a copied IDX file, which begins with its type, the number of entries, and the other sizes in 32 bits each. */
async function shorten(file, count) {
  const target = path.join(folder, file);
  const bytes = gunzipSync(await readFile(target));
  const sizes = Array.from({ length: bytes[3] }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const kept = Math.min(count, sizes[0]);
  bytes.writeUInt32BE(kept, 4);
  const length = sizes.slice(1).reduce((product, size) => product * size, kept);
  await writeFile(target, gzipSync(bytes.subarray(0, 4 + 4 * sizes.length + length), { level: 9 }));
}

/** Adds the package that `from` loads under this name, with its dependencies. */
async function addPackage(name, from) {
  const place = nearest(name, from);
  if (packages.has(place)) return;
  packages.add(place);
  const { dependencies = {} } = JSON.parse(await readFile(path.join(place, 'package.json'), 'utf8'));
  for (const dependency of Object.keys(dependencies)) await addPackage(dependency, path.resolve(place));
}

/** Finds a package as Node does, in `node_modules` of the folder and its parents. Returns its path relative to this repository. */
function nearest(name, from) {
  for (let at = from; ; at = path.dirname(at)) {
    const place = path.join(at, 'node_modules', name);
    if (existsSync(path.join(place, 'package.json'))) return path.relative(process.cwd(), place);
    if (at === path.dirname(at)) throw new Error(`${name} is not installed; run “npm ci”.`);
  }
}
