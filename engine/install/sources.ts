/** Downloads the sources of the addon from npm: tfjs-node and Node's C interface. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../errors';
import type { Download } from '../vocabulary/installation';
import { ChildError, runChild, type ChildOptions } from '../children';

/** The tested versions of both packages, with their hashes from npm. */
export const TFJS_NODE: Download = {
  name: '@tensorflow/tfjs-node',
  version: '4.22.0',
  url: 'npm',
  bytes: 228_166,
  hash: 'sha512-uHrXeUlfgkMxTZqHkESSV7zSdKdV0LlsBeblqkuKU9nnfxB1pC6DtoyYVaLxznzZy7WQSegjcohxxCjAf6Dc7w==',
};

/** Node's C interface, `node_api.h`. */
export const NODE_HEADERS: Download = {
  name: 'node-api-headers',
  version: '1.9.0',
  url: 'npm',
  bytes: 16_974,
  hash: 'sha512-2oNILP4jXwRB4ywnYKjVk1YyJ96n2D4EOVJO6S3oYZ5PtbJrw3Yt9TpAuX3nBLMuzn74rnfGQrv13pS9vC+YiA==',
};

/** Returns the folder of the installed tfjs-node package; undefined if it is missing or lacks the sources of its addon. */
export function findTfjsNode(): string | undefined {
  const require = createRequire(__filename);
  for (const name of ['@tensorflow/tfjs-node', '@tensorflow/tfjs-node-gpu'])
    try {
      const manifest = require.resolve(`${name}/package.json`);
      const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
      const folder = path.dirname(manifest);
      if (version === TFJS_NODE.version && existsSync(path.join(folder, 'binding', 'tfjs_binding.cc'))) return folder;
    } catch {
      // not installed here
    }
  return undefined;
}

/** Copies the JavaScript, the sources and the manifest of the package into a folder. */
export async function copyPackage(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const part of ['dist', 'binding', 'package.json'])
    await cp(path.join(from, part), path.join(to, part), { recursive: true, dereference: true });
}

/** Downloads a package into a folder and checks its hash. Does not run any of its code. */
export async function fetchPackage(download: Download, folder: string, signal?: AbortSignal): Promise<void> {
  const { name, version } = download;
  await mkdir(folder, { recursive: true });
  try {
    await npm(['pack', `${name}@${version}`, '--json', '--ignore-scripts'], { signal, cwd: folder });
    const file = path.join(folder, (await readdir(folder)).find((entry) => entry.endsWith('.tgz')) ?? 'absent.tgz');
    await requireHash(file, download);
    await runChild('tar', ['-xzf', file, '-C', folder, '--strip-components', '1'], { signal });
    await rm(file);
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    const remedy = error.absent
      ? 'Install npm (it comes with Node.js) and tar'
      : `Check whether the command “npm view ${name}” works`;
    const why = error.absent ? error.message : `${error.message} (${error.lastLine})`;
    throw new UserError(`${name} cannot be downloaded: ${why}. ${remedy}.`, { cause: error });
  }
}

/** Runs npm. On Windows npm is a batch file, which only a shell can run. None of the arguments here needs quotes. */
function npm(args: readonly string[], options: ChildOptions) {
  if (process.platform !== 'win32') return runChild('npm', args, options);
  return runChild('cmd.exe', ['/d', '/s', '/c', ['npm', ...args].join(' ')], options);
}

/** Throws UserError if the programs that download and unpack packages are missing. */
export async function requireNpm(signal?: AbortSignal): Promise<void> {
  try {
    await npm(['--version'], { signal });
    await runChild('tar', ['--version'], { signal });
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    throw new UserError('npm and tar are needed to download sources. Install npm (it comes with Node.js) and tar.', {
      cause: error,
    });
  }
}

async function requireHash(file: string, { name, version, hash }: Download): Promise<void> {
  const found = `sha512-${createHash('sha512')
    .update(await readFile(file))
    .digest('base64')}`;
  if (found !== hash)
    throw new UserError(
      `${name} ${version} from npm does not have the published hash (found ${found}). Use another npm registry.`,
    );
}
