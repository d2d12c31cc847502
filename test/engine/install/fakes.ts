/** Fakes of a Python with pip, a compiler, npm and the command line. They behave like the real ones and record their calls. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Download } from '../../../engine/protocol';
import { zip } from '../zip';

export interface FakeOptions {
  /** Information that the fake Python reports about itself, besides its path. */
  python?: { version?: string; pip?: string; tensorflow?: object | null; nvidia?: string[] };
  /** Wheels of the fake package index: the files in each wheel, by name of the wheel. */
  wheels?: Record<string, Record<string, string>>;
  /** How `pip download` behaves. */
  download?: 'works' | 'hangs' | 'fails';
  /** `fails at operations`: compiles the addon only. */
  compiler?: 'works' | 'fails' | 'fails at operations';
  cli?: 'works' | 'fails';
  /** A set of instructions whose operations cannot be compiled, fail their test, or hang in it. */
  broken?: { set: string; at: 'compiler' | 'test' | 'hang' };
}

export interface Fakes {
  python: string;
  compiler: string;
  cli: string;
  /** A folder for the beginning of PATH, so that `npm` is the fake one. */
  bin: string;
  /** Returns the arguments of each call of a program. */
  calls: (program: 'python' | 'compiler' | 'npm' | 'cli') => string[][];
  /** Process id of the download that hangs. */
  downloader: () => number;
  /** A package of the fake npm. */
  packed: (name: string) => Download;
}

export const TENSORFLOW_FILES = {
  'tensorflow/libtensorflow_cc.so.2': 'the library',
  'tensorflow/libtensorflow_framework.so.2': 'the framework',
  'tensorflow/include/tensorflow/c/c_api.h': 'a header',
  'tensorflow/include/tensorflow/core/kernels/large.h': 'not needed',
  'tensorflow/python/large.so': 'not needed',
};

const PACKAGES = {
  webgpu: {
    'package.json': '{ "version": "1.0.0", "main": "index.js", "type": "module" }',
    'index.js': 'export const create = () => undefined;',
    [`dist/${process.platform}-${process.arch}/dawn.node`]: 'this library',
    'dist/another-platform/dawn.node': 'not needed',
  },
  'node-api-headers': { 'include/node_api.h': 'a header', 'package.json': '{}' },
  '@tensorflow/tfjs-node': {
    'package.json': '{ "version": "4.22.0" }',
    'binding/tfjs_binding.cc': 'a source',
    'dist/index.js': '',
    'dist/proto/api_pb.js': 'require("google-protobuf")',
  },
};

/** Writes all fakes into a folder. */
export function makeFakes(folder: string, options: FakeOptions = {}): Fakes {
  const bin = path.join(folder, 'bin');
  const at = (...parts: string[]) => path.join(folder, ...parts);
  mkdirSync(bin, { recursive: true });
  const { wheels = { 'tensorflow-cpu': TENSORFLOW_FILES }, download = 'works' } = options;
  const report = { install: Object.entries(wheels).map(([name, files]) => writeWheel(folder, name, files)) };
  const about = { path: at('bin/python3'), version: '3.11.7', pip: '24.3', nvidia: [], ...options.python };
  writeScript(at('bin/python3'), at('python.calls'), PYTHON, { report, about, download, pid: at('downloader') });
  const { broken = {} } = options;
  writeScript(at('bin/c++'), at('compiler.calls'), COMPILER, { how: options.compiler, broken });
  writeScript(at('bin/npm'), at('npm.calls'), NPM, { packages: writePackages(folder) });
  writeScript(at('cli.cjs'), at('cli.calls'), COMMAND_LINE, { fails: options.cli === 'fails', broken });
  return {
    python: at('bin/python3'),
    compiler: at('bin/c++'),
    cli: at('cli.cjs'),
    bin,
    calls: (program) => readCalls(at(`${program}.calls`)),
    downloader: () => Number(readFileSync(at('downloader'), 'utf8')),
    packed: (name) => {
      const bytes = readFileSync(at(`${name.replace('/', '-')}.tgz`));
      const hash = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
      return { name, version: '1.0.0', url: 'npm', bytes: bytes.length, hash };
    },
  };
}

function readCalls(file: string): string[][] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1); // the last one may not be written yet
  return lines.map((line) => JSON.parse(line) as string[]);
}

/** Writes a program in JavaScript, which can use `args` and `given`. */
function writeScript(file: string, record: string, body: string, given: object): void {
  const head = `#!${process.execPath}
const fs = require('node:fs'), path = require('node:path');
const args = process.argv.slice(2), given = ${JSON.stringify(given)};
fs.appendFileSync(${JSON.stringify(record)}, JSON.stringify(args) + '\\n');
`;
  writeFileSync(file, head + body);
  chmodSync(file, 0o755);
}

function writeWheel(folder: string, name: string, files: Record<string, string>) {
  const file = path.join(folder, `${name.replaceAll('-', '_')}-2.21.0-py3-none-any.whl`);
  const bytes = zip(Object.fromEntries(Object.entries(files).map(([key, text]) => [key, Buffer.from(text)])));
  writeFileSync(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return {
    metadata: { name, version: '2.21.0' },
    download_info: { url: pathToFileURL(file).href, archive_info: { hash: `sha256=${sha256}`, hashes: { sha256 } } },
  };
}

function writePackages(folder: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(PACKAGES).map(([name, files]) => {
      const root = path.join(folder, 'packages', name);
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(root, 'package', file)), { recursive: true });
        writeFileSync(path.join(root, 'package', file), text);
      }
      const packed = path.join(folder, `${name.replace('/', '-')}.tgz`);
      execFileSync('tar', ['-czf', packed, '-C', root, 'package']);
      return [name, packed];
    }),
  );
}

const PYTHON = `
if (args[0] === '-c') console.log(JSON.stringify(given.about));
else if (args.includes('--dry-run')) console.log(JSON.stringify(given.report));
else if (given.download === 'fails') { console.error('ERROR: THESE PACKAGES DO NOT MATCH THE HASHES'); process.exit(1); }
else if (given.download === 'hangs') {
  fs.writeFileSync(given.pid, String(process.pid));
  console.log('Downloading tensorflow');
  setInterval(() => {}, 1000);
} else {
  const asked = fs.readFileSync(args[args.indexOf('--requirement') + 1], 'utf8');
  console.log('Progress 1 of 2');
  for (const { metadata, download_info: { url, archive_info } } of given.report.install)
    if (asked.includes(metadata.name + '==' + metadata.version + ' --hash=sha256:' + archive_info.hashes.sha256))
      fs.copyFileSync(new URL(url), path.join(args[args.indexOf('--dest') + 1], path.basename(url)));
}`;

const COMPILER = `
const own = args.some((arg) => arg.endsWith('operations.cc'));
const isBroken = given.broken.at === 'compiler' && args.at(-1).endsWith('operations-' + given.broken.set + '.node');
if (args[0] !== '--version' && (given.how === 'fails' || (own && given.how) || isBroken)) { console.error('tfjs_binding.cc:1:1: fatal error: no such file'); process.exit(1); }
if (args.includes('-o')) fs.writeFileSync(args[args.indexOf('-o') + 1], 'an addon');`;

const NPM = `
if (args[0] === '--version') process.exit(0);
const asked = args[1].slice(0, args[1].lastIndexOf('@'));
const file = given.packages[asked];
fs.copyFileSync(file, path.basename(file));`;

const COMMAND_LINE = `
const isBroken = given.broken.set === process.env.WINNING_SIGN_OPERATIONS;
if (isBroken && given.broken.at === 'hang') setInterval(() => {}, 1000);
else if (given.fails || (isBroken && given.broken.at === 'test')) { console.log(JSON.stringify({ error: { kind: 'bug', message: 'GLIBC_2.99 not found' } })); process.exit(1); }
else console.log(JSON.stringify({ version: '2.21.0', device: 'CPU' }));`;
