/** `npm run test:package`: checks the content of the package, and tests it in a clean VS Code. */
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import path from 'node:path';
import { open } from 'yauzl';
import { browserProblem } from './host/choose';
import { installHost } from './host/install';
import { takeGrep, runTestsOf } from './host/mocha';
import { makeFinishedRun } from './finishedRun';
import { measureSizes, readAccepted, sizeProblems, sizeTable, VSIX as VSIX_NAME } from './sizes';
import { skipPart } from '../tally';

const ROOT = path.resolve(__dirname, '../../..');
const VSIX = path.join(ROOT, VSIX_NAME);
const MOST_BYTES = 12 * 1024 * 1024;
const NEEDED = [
  'package.json',
  'dist/extension/main.js',
  'dist/engine/cli.js',
  'dist/engine/cliProgram.js',
  'dist/engine/server.js',
  'dist/engine/serverProgram.js',
  'dist/engine/scanThread.js',
  'dist/engine/run.schema.json',
  'dist/engine/native/operations.cc',
  'dist/engine/native/vectors.h',
  'dist/engine/sample/train-images-idx3-ubyte.gz',
  'dist/engine/tfjs-backend-wasm-threaded-simd.wasm',
  'dist/webview/main.js',
  'dist/webview/main.css',
  'extension/media/icon.png',
];
const UNWANTED = /node_modules|\.ts$|\.map$|^test\/|^out\//;

/** Returns the exit code. */
async function main(): Promise<number> {
  takeGrep();
  const bytes = statSync(VSIX).size;
  const names = await namesIn(VSIX);
  console.log(`The package: ${(bytes / 1024 / 1024).toFixed(1)} MB, ${names.length} files.`);
  assert.ok(bytes <= MOST_BYTES, `The package has ${bytes} bytes, more than ${MOST_BYTES}.`);
  const [sizes, accepted] = [measureSizes(ROOT), readAccepted(ROOT)];
  console.log(sizeTable(sizes, accepted));
  assert.equal(sizeProblems(sizes, accepted).join('\n'), '');
  for (const name of NEEDED) assert.ok(names.includes(name), `The package lacks ${name}.`);
  assert.deepEqual(
    names.filter((name) => UNWANTED.test(name)),
    [],
  );
  const problem = browserProblem();
  if (problem) return skipPart('the installed package', problem);
  process.env['WINNING_SIGN_VSIX'] = VSIX;
  installHost(); // here, where no test's time limit counts
  const removeFinishedRun = makeFinishedRun();
  try {
    return (await runTestsOf(path.join(__dirname, 'packaged'))) > 0 ? 1 : 0;
  } finally {
    removeFinishedRun();
  }
}

/** Returns the files of a package, by their paths in the installed extension. */
function namesIn(vsix: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    open(vsix, { lazyEntries: false }, (error, zip) => {
      if (error) {
        reject(error);
        return;
      }
      const names: string[] = [];
      zip.on('entry', ({ fileName }: { fileName: string }) => names.push(fileName.replace(/^extension\//, '')));
      zip.on('error', reject);
      zip.on('end', () => {
        resolve(names);
      });
    });
  });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof assert.AssertionError ? error.message : error);
    process.exit(1);
  },
);
