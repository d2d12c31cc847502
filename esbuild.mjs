// Bundles into dist/: the engine's command line, its server, its threads, the extension, and the panels.
import * as esbuild from 'esbuild';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { compileSchemas } from './engine/json/compileSchemas.mjs';

const require = createRequire(import.meta.url);
const { version } = require('./package.json');
const watch = process.argv.includes('--watch');

const common = { bundle: true, sourcemap: true, logLevel: 'warning', minify: process.argv.includes('--minify') };
const node = { ...common, platform: 'node', target: 'node20', format: 'cjs', mainFields: ['module', 'main'] };

const bundles = [
  {
    ...node,
    // The programs, and small ones that load them from the compile cache.
    entryPoints: {
      ...{ cliProgram: 'engine/cli.ts', serverProgram: 'engine/server.ts' },
      ...{ cli: 'engine/startCli.ts', server: 'engine/startServer.ts' },
    },
    outdir: 'dist/engine',
    // Native packages that most machines do not have. They are loaded only if a run needs them.
    external: ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'],
    define: { 'process.env.WINNING_SIGN_VERSION': JSON.stringify(version) },
  },
  {
    ...node,
    entryPoints: {
      hdf5Thread: 'engine/checkpoints/hdf5/hdf5Thread.ts',
      batchThread: 'engine/datasets/batchThread.ts',
      scanThread: 'engine/inspection/scanThread.ts',
    },
    outdir: 'dist/engine',
    charset: 'utf8', // h5wasm has its program in a string. Escaping the characters of the string would triple its size
    define: { 'import.meta.url': '""' },
  },
  { ...node, entryPoints: { main: 'extension/main.ts' }, outdir: 'dist/extension', external: ['vscode'] },
  {
    ...common,
    entryPoints: { main: 'webview/main.ts' },
    outdir: 'dist/webview',
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    loader: { '.ttf': 'file' },
  },
];

async function copyAssets(folder) {
  const wasm = path.join(path.dirname(require.resolve('@tensorflow/tfjs-backend-wasm/package.json')), 'dist');
  await mkdir(path.join(folder, 'engine'), { recursive: true });
  const files = (await readdir(wasm)).filter((file) => file.endsWith('.wasm'));
  await Promise.all(files.map((file) => cp(path.join(wasm, file), path.join(folder, 'engine', file))));
  await cp('node_modules/h5wasm/LICENSE.txt', path.join(folder, 'engine/hdf5Thread.LICENSE.txt')); // its terms ask for this
  const jpeg = 'node_modules/@jsquash/jpeg';
  await cp(`${jpeg}/codec/dec/mozjpeg_dec.wasm`, path.join(folder, 'engine/mozjpeg_dec.wasm'));
  await cp(`${jpeg}/LICENSE`, path.join(folder, 'engine/mozjpeg_dec.LICENSE.txt'));
  const resvg = 'node_modules/@resvg/resvg-wasm';
  await cp(`${resvg}/index_bg.wasm`, path.join(folder, 'engine/resvg.wasm'));
  const { version: ofResvg } = JSON.parse(await readFile(`${resvg}/package.json`, 'utf8'));
  await writeFile(path.join(folder, 'engine/resvg.LICENSE.txt'), resvgNotice(ofResvg));
  const arimo = 'node_modules/@expo-google-fonts/arimo';
  await cp(`${arimo}/400Regular/Arimo_400Regular.ttf`, path.join(folder, 'engine/Arimo_400Regular.ttf'));
  await cp(`${arimo}/LICENSE_FONT`, path.join(folder, 'engine/Arimo.LICENSE.txt'));
  await cp('engine/backends/tensorflow/native', path.join(folder, 'engine/native'), { recursive: true });
  for (const schema of ['run.schema.json', 'study.schema.json', 'slurm.schema.json'])
    await cp(path.join('docs', schema), path.join(folder, 'engine', schema));
  await cp('engine/datasets/sample', path.join(folder, 'engine/sample'), { recursive: true });
}

/** The license asks to say where the source is, and the package has no file with the license. */
function resvgNotice(ofResvg) {
  return `resvg.wasm is the file index_bg.wasm of @resvg/resvg-wasm ${ofResvg}, without changes.
It is subject to the terms of the Mozilla Public License, v. 2.0: https://mozilla.org/MPL/2.0/
Its source is available at https://github.com/thx/resvg-js and https://github.com/linebender/resvg
`;
}

/** Replaces the old files one by one. A run or job that starts meanwhile still finds complete programs. */
async function replace(built, target) {
  const files = await readdir(built, { recursive: true, withFileTypes: true });
  const names = files.flatMap((file) =>
    file.isFile() ? path.relative(built, path.join(file.parentPath, file.name)) : [],
  );
  for (const name of names) {
    await mkdir(path.dirname(path.join(target, name)), { recursive: true });
    await rename(path.join(built, name), path.join(target, name));
  }
  for (const name of await readdir(target, { recursive: true }))
    if (/\.\w+$/.test(name) && !names.includes(name)) await rm(path.join(target, name), { force: true });
}

const { minify } = common;

if (watch) {
  await copyAssets('dist');
  await rm('dist/engine/schemas', { recursive: true, force: true }); // the engine compiles them itself, also after a change
  for (const bundle of bundles) await (await esbuild.context(bundle)).watch();
} else {
  const built = await mkdtemp('.dist-');
  try {
    await copyAssets(built);
    await Promise.all([
      ...bundles.map((bundle) => esbuild.build({ ...bundle, outdir: bundle.outdir.replace('dist', built) })),
      compileSchemas(path.join(built, 'engine/schemas'), { minify }),
    ]);
    await replace(built, 'dist');
  } finally {
    await rm(built, { recursive: true, force: true });
  }
}
