/** Asks pip which wheels it would download, and downloads exactly these wheels. */
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { openPromise } from 'yauzl';
import { UserError } from '../errors';
import type { Download, InstallProgress } from '../vocabulary/installation';
import { ChildError, documentIn, runChild, throwIfCancelled } from '../children';
import { isOlder, OLDEST_TENSORFLOW, type Python } from './python';

/** The first versions of pip that write a report, that do so without downloading whole wheels, and that print progress. */
const PIP = { reports: '22.2', looksOnly: '23.3', tellsProgress: '24.1' };

export interface Wanted {
  gpu: boolean;
  /** An exact version. Default: the newest version. */
  version?: string;
}

/** Returns the requirement for pip. It names the CPU package if this platform has one. */
export function requirement({ gpu, version }: Wanted): string {
  if (version !== undefined && !/^\d+(\.\w+)+$/.test(version))
    throw new UserError(`--tensorflow is "${version}". It must be a version, for example 2.21.0.`);
  if (version !== undefined && isOlder(version, OLDEST_TENSORFLOW))
    throw new UserError(
      `--tensorflow ${version} is older than ${OLDEST_TENSORFLOW}, the first version with the C library. Choose a newer version.`,
    );
  const range = version === undefined ? `>=${OLDEST_TENSORFLOW},<3` : `==${version}`;
  return `${distribution(gpu)}${gpu ? '[and-cuda]' : ''}${range}`;
}

function distribution(gpu: boolean): string {
  return process.platform === 'linux' && process.arch === 'x64' && !gpu ? 'tensorflow-cpu' : 'tensorflow';
}

/** Whether pip can list the files without downloading them. */
export function canLook({ pip }: Python): boolean {
  return !isOlder(pip, PIP.looksOnly);
}

/** Throws UserError if this Python has no pip, or if its pip is too old to report what it would download. */
export function requirePip({ path: python, pip }: Python): void {
  if (pip && !isOlder(pip, PIP.reports)) return;
  const problem = pip ? `pip is version ${pip}, but version ${PIP.reports} or newer is needed` : 'pip is missing';
  throw new UserError(
    `${python}: ${problem}. Run “${python} -m ensurepip --upgrade” and “${python} -m pip install --upgrade pip”, or set --python to the path of another Python.`,
  );
}

interface Report {
  install: {
    metadata: { name: string; version: string };
    download_info: { url: string; archive_info?: { hash?: string; hashes?: Record<string, string> } };
  }[];
}

/** Returns the wheels that pip would download, TensorFlow's first. Their sizes come from the servers. */
export async function askPip(python: Python, wanted: Wanted, signal?: AbortSignal): Promise<Download[]> {
  const args = ['install', '--dry-run', '--ignore-installed', '--quiet', '--report', '-', '--only-binary', ':all:'];
  if (!wanted.gpu) args.push('--no-deps');
  const { stdout } = await pip(python, [...args, requirement(wanted)], { signal }).catch((error: unknown) => {
    if (!(error instanceof ChildError)) throw error;
    throw new UserError(
      `${python.path} (Python ${python.version}): pip finds no ${requirement(wanted)} (${error.lastLine}). TensorFlow is published only for some versions of Python. Set --python to the path of another version.`,
      { cause: error },
    );
  });
  const { install } = documentIn(stdout) as Report;
  const own = distribution(wanted.gpu);
  const isOwn = (name: string) => name.replaceAll('_', '-').toLowerCase() === own;
  const needed = install.filter(({ metadata: { name } }) => isOwn(name) || /^nvidia[-_]/i.test(name));
  if (!needed.some(({ metadata: { name } }) => isOwn(name)))
    throw new UserError(
      `${python.path}: pip finds no ${own} for this machine. Set --python to the path of another Python.`,
    );
  const downloads = needed.map(({ metadata: { name, version }, download_info: { url, archive_info } }) => {
    const sha256 = archive_info?.hashes?.['sha256'] ?? /^sha256=(.*)$/.exec(archive_info?.hash ?? '')?.[1];
    if (!sha256)
      throw new UserError(
        `${withoutSecrets(url)}: the package index has no SHA-256 for this file, so the download cannot be checked. Use another index.`,
      );
    return { name, version, url: withoutSecrets(url), hash: `sha256:${sha256}`, sizeOf: url };
  });
  downloads.sort((a, b) => Number(isOwn(b.name)) - Number(isOwn(a.name)));
  return Promise.all(
    downloads.map(async ({ sizeOf, ...download }) => ({ ...download, bytes: await sizeAt(sizeOf, signal) })),
  );
}

/** Removes the user name and password that an address may contain. */
function withoutSecrets(url: string): string {
  return url.replace(/^(\w+:\/\/)[^/@]*@/, '$1');
}

const SIZE_LIMIT_MS = 10_000;

/** Returns the size of a file in bytes; undefined if the server does not report it. */
export async function sizeAt(url: string, signal?: AbortSignal): Promise<number | undefined> {
  try {
    if (url.startsWith('file:')) return (await stat(fileURLToPath(url))).size;
    const limit = AbortSignal.timeout(SIZE_LIMIT_MS);
    const answer = await fetch(url, { method: 'HEAD', signal: signal ? AbortSignal.any([signal, limit]) : limit });
    const length = Number(answer.headers.get('content-length'));
    return answer.ok && length > 0 ? length : undefined;
  } catch {
    throwIfCancelled(signal);
    return undefined; // shown as unknown
  }
}

export interface Fetching {
  downloads: readonly Download[];
  /** The folder for the wheels. */
  folder: string;
  signal?: AbortSignal;
  onProgress: (progress: InstallProgress) => void;
}

/** Downloads exactly these wheels. pip refuses files with another hash. */
export async function fetchWheels(python: Python, { downloads, folder, signal, onProgress }: Fetching): Promise<void> {
  await mkdir(folder, { recursive: true });
  const requirements = path.join(folder, 'requirements.txt');
  const lines = downloads.map(({ name, version, hash }) => `${name}==${version} --hash=${hash}`);
  await writeFile(requirements, `${lines.join('\n')}\n`);
  const args = ['download', '--require-hashes', '--no-deps', '--only-binary', ':all:', '--dest', folder];
  if (!isOlder(python.pip, PIP.tellsProgress)) args.push('--progress-bar', 'raw');
  const onLine = (line: string) => {
    const [, done, total] = /^Progress (\d+) of (\d+)$/.exec(line.trim()) ?? [];
    if (total === undefined) onProgress({ step: 'downloading', message: line.trim() });
    else onProgress({ step: 'downloading', message: '', fraction: Number(done) / Number(total) });
  };
  await pip(python, [...args, '--requirement', requirements], { signal, onLine, temporary: folder }).catch(
    (error: unknown) => {
      if (!(error instanceof ChildError)) throw error;
      throw new UserError(`pip cannot download TensorFlow: ${error.lastLine}. Nothing was changed. Try again.`, {
        cause: error,
      });
    },
  );
}

interface PipOptions {
  signal?: AbortSignal;
  onLine?: (line: string) => void;
  /** The folder in which pip keeps partial downloads. */
  temporary?: string;
}

function pip(python: Python, [command, ...args]: string[], { signal, onLine, temporary }: PipOptions) {
  const general = ['--disable-pip-version-check', '--no-input'];
  return runChild(python.path, ['-m', 'pip', command!, ...general, ...args], {
    signal,
    onLine,
    env: temporary === undefined ? {} : { TMPDIR: temporary },
  });
}

/** Matches the files of a wheel that are kept: TensorFlow's libraries, the headers of its C interface, and NVIDIA's libraries. */
const KEPT =
  /^(tensorflow\/libtensorflow_(cc|framework)\.|tensorflow\/include\/(tensorflow|tsl|xla)\/.*\b(c|platform)\/.*\.h$|nvidia\/(?!.*\.(py|pyc|h|hpp|a)$))/;

/** Unpacks the needed files from every wheel in a folder, then removes the folder. */
export async function unpackWheels(folder: string, target: string, signal?: AbortSignal): Promise<void> {
  for (const name of await readdir(folder))
    if (name.endsWith('.whl')) await unpack(path.join(folder, name), target, signal);
  await rm(folder, { recursive: true });
}

async function unpack(wheel: string, target: string, signal: AbortSignal | undefined): Promise<void> {
  const zip = await openPromise(wheel, { autoClose: false });
  try {
    for await (const entry of zip.eachEntry()) {
      throwIfCancelled(signal);
      if (entry.fileName.endsWith('/') || !KEPT.test(entry.fileName)) continue;
      const file = path.join(target, entry.fileName); // yauzl refuses names that lead out of the folder
      await mkdir(path.dirname(file), { recursive: true });
      const executable = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0;
      await pipeline(
        await zip.openReadStreamPromise(entry),
        createWriteStream(file, { mode: executable ? 0o755 : 0o644 }),
        { signal },
      ).catch((error: unknown) => {
        throwIfCancelled(signal);
        throw error;
      });
    }
  } finally {
    zip.close();
  }
}
