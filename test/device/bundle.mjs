/**
 * `node test/device/bundle.mjs FOLDER` copies the files that a machine without this repository needs. The copy has the same layout, so
 * tests and programs find their files by the same paths. Run `npm run build` before.
 */
import * as esbuild from 'esbuild';
import { cp, mkdir, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';

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
const FILES = ['dist/engine', 'test/fixtures', 'test/bench/peer.py', 'test/device/summarize.mjs'];
const LEFT_OUT = /\.map$|test\/fixtures\/(hostile|oracles\/arch)$/;
/** Packages to copy with their dependencies. */
const PACKAGES = ['mocha', 'webgpu'];
/** Parts of packages that are not needed: files for developers of the package, or for other systems. */
const UNUSED =
  /\.(map|d\.ts)$|\/\.bin$|\/webgpu\/(build|dist\/(darwin|win32|linux-arm64)[^/]*)$|\/mocha\/mocha\.(js|css)$/;

const common = {
  ...{ bundle: true, platform: 'node', target: 'node20', format: 'cjs', mainFields: ['module', 'main'] },
  ...{ minify: true, logLevel: 'warning', external: ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'] },
};
await esbuild.build({ ...common, entryPoints: PROGRAMS, outbase: '.', outdir: path.join(folder, 'out') });
await esbuild.build({
  ...common,
  stdin: { contents: TESTS.map((test) => `import './${test}';`).join('\n'), resolveDir: process.cwd() },
  outfile: path.join(folder, 'out/test/device/tests.js'),
});
for (const file of FILES) await copy(file, LEFT_OUT);
const packages = new Set();
for (const name of PACKAGES) await addPackage(name, process.cwd());
for (const place of packages) await copy(place, UNUSED);

/** Replaces links by their files, because links may be lost when the package is copied. */
async function copy(place, leftOut) {
  const target = path.join(folder, place);
  await mkdir(path.dirname(target), { recursive: true });
  const filter = (source) => !leftOut.test(source) && (source === place || !source.endsWith('/node_modules'));
  await cp(place, target, { recursive: true, dereference: true, filter });
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
