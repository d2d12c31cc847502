/**
 * Fakes of a Python with pip, a compiler, npm and the command line. They behave like the real ones and record their calls. Most are scripts of
 * the shell, which starts faster than Node.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
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
  writeFileSync(at('about.json'), JSON.stringify(about));
  writeFileSync(at('report.json'), JSON.stringify(report));
  writeFileSync(at('wheels'), report.install.map(lineOf).join(''));
  const files = { about: at('about.json'), report: at('report.json'), wheels: at('wheels'), pid: at('downloader') };
  writeShellScript(at('bin/python3'), at('python.calls'), PYTHON, { ...files, download });
  const { broken, compiler = 'works' } = options;
  const uncompiled = broken?.at === 'compiler' ? broken.set : 'none';
  writeShellScript(at('bin/c++'), at('compiler.calls'), COMPILER, { compiler, uncompiled });
  writePackages(folder);
  writeShellScript(at('bin/npm'), at('npm.calls'), NPM, { folder });
  writeScript(at('cli.cjs'), at('cli.calls'), COMMAND_LINE, { fails: options.cli === 'fails', broken: broken ?? {} });
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

/** Ends a recorded call. Arguments end with a zero byte, because they may have several lines. */
const END_OF_CALL = '\x1e\0';

function readCalls(file: string): string[][] {
  if (!existsSync(file)) return [];
  const calls = readFileSync(file, 'utf8').split(END_OF_CALL).slice(0, -1); // the last one may not be written yet
  return calls.map((call) => call.split('\0').slice(0, -1));
}

/** Writes a program for the shell, which can use the variables of `given`. */
function writeShellScript(file: string, record: string, body: string, given: Record<string, string>): void {
  const variables = Object.entries(given).map(([name, value]) => `${name}='${value}'\n`);
  const head = `#!/bin/sh
end=$(printf '\\036')
printf '%s\\0' "$@" "$end" >> '${record}'
`;
  writeFileSync(file, head + variables.join('') + body);
  chmodSync(file, 0o755);
}

/** Writes a program in JavaScript, which can use `args` and `given`. */
function writeScript(file: string, record: string, body: string, given: object): void {
  const head = `#!${process.execPath}
const fs = require('node:fs');
const args = process.argv.slice(2), given = ${JSON.stringify(given)};
fs.appendFileSync(${JSON.stringify(record)}, args.map((arg) => arg + '\\0').join('') + ${JSON.stringify(END_OF_CALL)});
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

/** Returns the file of a wheel and the line with which pip is asked for it. */
function lineOf({
  metadata: { name, version },
  download_info: { url, archive_info },
}: ReturnType<typeof writeWheel>): string {
  return `${fileURLToPath(url)}\t${name}==${version} --hash=sha256:${archive_info.hashes.sha256}\n`;
}

/** The bytes of the packages, which are packed once. */
const packages = new Map<string, Buffer>();

function writePackages(folder: string): void {
  for (const [name, files] of Object.entries(PACKAGES)) {
    const packed = path.join(folder, `${name.replace('/', '-')}.tgz`);
    if (!packages.has(name)) {
      const root = path.join(folder, 'packages', name);
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(path.dirname(path.join(root, 'package', file)), { recursive: true });
        writeFileSync(path.join(root, 'package', file), text);
      }
      execFileSync('tar', ['-czf', packed, '-C', root, 'package']);
      packages.set(name, readFileSync(packed));
    }
    writeFileSync(packed, packages.get(name)!);
  }
}

const PYTHON = `
if [ "$1" = -c ]; then exec cat "$about"; fi
for arg; do
  if [ "$arg" = --dry-run ]; then exec cat "$report"; fi
  if [ "$option" = --requirement ]; then asked=$arg; fi
  if [ "$option" = --dest ]; then folder=$arg; fi
  option=$arg
done
if [ "$download" = fails ]; then echo 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES' >&2; exit 1; fi
if [ "$download" = hangs ]; then
  echo $$ > "$pid"
  echo 'Downloading tensorflow'
  exec sleep 1000
fi
echo 'Progress 1 of 2'
while IFS='	' read -r file line; do
  if grep -qF -e "$line" "$asked"; then cp "$file" "$folder"; fi
done < "$wheels"`;

const COMPILER = `
if [ "$1" = --version ]; then exit; fi
for arg; do
  case "$arg" in
    *operations.cc) if [ "$compiler" != works ]; then isBroken=yes; fi ;;
    *operations-$uncompiled.node) isBroken=yes ;;
  esac
  if [ "$option" = -o ]; then output=$arg; fi
  option=$arg
done
if [ "$compiler" = fails ] || [ -n "$isBroken" ]; then echo 'tfjs_binding.cc:1:1: fatal error: no such file' >&2; exit 1; fi
if [ -n "$output" ]; then printf 'an addon' > "$output"; fi`;

const NPM = `
if [ "$1" = --version ]; then exit; fi
name=\${2%@*}
case "$name" in */*) name=\${name%%/*}-\${name#*/} ;; esac
cp "$folder/$name.tgz" .`;

const COMMAND_LINE = `
const isBroken = given.broken.set === process.env.WINNING_SIGN_OPERATIONS;
if (isBroken && given.broken.at === 'hang') setInterval(() => {}, 1000);
else if (given.fails || (isBroken && given.broken.at === 'test')) { console.log(JSON.stringify({ error: { kind: 'bug', message: 'GLIBC_2.99 not found' } })); process.exit(1); }
else console.log(JSON.stringify({ version: '2.21.0', device: 'CPU' }));`;
