/**
 * Gets a file as it was in a Git revision. `git` reads the repository; only the objects of Git LFS are read directly. Nothing that the
 * repository configures is run: no filter, no hook and no check of signatures. Nothing is downloaded.
 */
import { randomUUID } from 'node:crypto';
import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { ChildError, runChild } from '../children';
import { UserError } from '../errors';
import { makeFolder } from '../files';
import { revisionsFolder } from '../home';
import { maskNamesBeside } from './maskFile';
import type { Revision } from '../vocabulary/checkpoint';

/** A copy that was not used for this number of days is removed. */
const KEPT_DAYS = 7;
/** Git LFS pointers are smaller than this. */
const MOST_POINTER_BYTES = 1024;
const MOST_REVISIONS = 100;

/** Returns the newest commits that changed a file, newest first, at most 100. Throws UserError if the file is not in a repository. */
export async function revisionsOf(file: string): Promise<Revision[]> {
  const format = '--format=%H%x00%h%x00%cI%x00%an%x00%s';
  const log = await git(file, [
    'log',
    '--no-show-signature',
    `--max-count=${MOST_REVISIONS}`,
    format,
    '--',
    path.basename(file),
  ]);
  return log
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [commit = '', short = '', date = '', author = '', subject = ''] = line.split('\0');
      return { commit, short, date, author, subject };
    });
}

/**
 * Returns the path of a read-only copy of a file as it was in a revision. Copies are named after their content, so a second call copies
 * nothing. A mask file beside the file is copied with it. Throws UserError if there is no such revision, if it does not have the file, or if the content of a Git LFS pointer is not on
 * this machine.
 */
export async function fileAtRevision(file: string, revision: string): Promise<string> {
  if (file.endsWith('.json'))
    throw new UserError(
      `${file} is an index, which only names other files. Check out the revision with “git worktree add” and compare the files there.`,
    );
  const commit = await commitOf(file, revision);
  const base = path.basename(file);
  const entries = await entriesIn(file, { commit, names: [base, ...maskNamesBeside(base)] });
  const own = entries.get(base);
  if (!own) throw new UserError(`${revision} has no file ${file}. “git log -- FILE” lists the revisions that have it.`);
  const mask = maskNamesBeside(base).find((name) => entries.has(name));
  const wanted = [
    { name: base, entry: own },
    ...(mask === undefined ? [] : [{ name: mask, entry: entries.get(mask)! }]),
  ];
  const blobs = wanted.map(({ name, entry }) => blobOf(path.join(path.dirname(file), name), revision, entry));
  const folder = path.join(revisionsFolder(), blobs.join('-'), folderName(file, revision));
  await removeOldCopies();
  for (const [i, { name }] of wanted.entries()) {
    const copy = path.join(folder, name);
    const from = path.join(path.dirname(file), name);
    if (!existsSync(copy)) await extract({ file: from, revision, blob: blobs[i]!, copy });
  }
  await utimes(path.dirname(folder), new Date(), new Date());
  return path.join(folder, base);
}

interface Entry {
  mode: string;
  object: string;
}

/** Returns those names beside a file that a commit has. */
async function entriesIn(
  file: string,
  { commit, names }: { commit: string; names: readonly string[] },
): Promise<Map<string, Entry>> {
  const lines = (await git(file, ['ls-tree', '-z', commit, '--', ...names])).split('\0').filter(Boolean);
  return new Map(
    lines.map((line) => {
      const [, mode = '', object = '', name = ''] = /^(\d+) \w+ ([0-9a-f]+)\t(.*)$/s.exec(line) ?? [];
      return [name, { mode, object }];
    }),
  );
}

function blobOf(file: string, revision: string, { mode, object }: Entry): string {
  if (mode.startsWith('100')) return object;
  throw new UserError(
    mode === '120000'
      ? `${file} is a symbolic link in ${revision}. Name the file that it points to.`
      : `${file} is not a file in ${revision}. Name a checkpoint file.`,
  );
}

async function commitOf(file: string, revision: string): Promise<string> {
  const args = ['rev-parse', '--quiet', '--verify', '--end-of-options', `${revision}^{commit}`];
  const commit = await git(file, args).catch((error: unknown) => {
    const cause = error instanceof UserError ? error.cause : undefined;
    // With --quiet, git prints nothing if there is no such revision. Other failures have a message.
    if (cause instanceof ChildError && !cause.absent && cause.output.stderr.trim() === '') return '';
    throw error;
  });
  if (!commit)
    throw new UserError(
      `${file} is in a Git repository that has no revision "${revision}". Name a commit, branch or tag.`,
    );
  return commit.trim();
}

interface Extraction {
  file: string;
  revision: string;
  blob: string;
  copy: string;
}

/** Writes the content to `copy`. After a crash, the copy is either complete or absent. */
async function extract({ file, revision, blob, copy }: Extraction): Promise<void> {
  const bytes = Number(await git(file, ['cat-file', '-s', blob]));
  const pointer = bytes < MOST_POINTER_BYTES ? pointerIn(await git(file, ['cat-file', 'blob', blob])) : undefined;
  await makeFolder(path.dirname(copy));
  const temporary = `${copy}.${randomUUID()}.tmp`; // the same copy may be wanted twice at the same time
  try {
    // A hard link would share the bytes and the mode of the LFS object.
    if (pointer) await copyFile(await storedLfsObject(file, revision, pointer), temporary, constants.COPYFILE_FICLONE);
    else await writeBlob(file, blob, temporary);
    await chmod(temporary, 0o444);
    await rename(temporary, copy).catch((error: unknown) => {
      if (!existsSync(copy)) throw error; // Windows refuses to replace a file that is only for reading, and this one has the same content
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

async function writeBlob(file: string, blob: string, to: string): Promise<void> {
  const handle = await open(to, 'w');
  try {
    await git(file, ['cat-file', 'blob', blob], handle.fd);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Returns the SHA-256 that a Git LFS pointer names; undefined for any other text. */
function pointerIn(text: string): string | undefined {
  if (!text.startsWith('version https://git-lfs')) return undefined;
  return /^oid sha256:([0-9a-f]{64})$/m.exec(text)?.[1];
}

/** Returns the path at which Git LFS stores an object on this machine. */
async function storedLfsObject(file: string, revision: string, sha256: string): Promise<string> {
  const common = (await git(file, ['rev-parse', '--git-common-dir'])).trim();
  const folder = path.resolve(path.dirname(file), common, 'lfs', 'objects', sha256.slice(0, 2), sha256.slice(2, 4));
  const object = path.join(folder, sha256);
  if (existsSync(object)) return object;
  throw new UserError(
    `${file} in ${revision} is a Git LFS pointer, and its content is not on this machine. Run “git lfs fetch origin ${revision}” first.`,
  );
}

/** Returns a name such as `aws@HEAD~1` for the folder of a copy, because the label of a checkpoint contains the name of its folder. */
function folderName(file: string, revision: string): string {
  const folders = path.resolve(file).split(path.sep).slice(0, -1);
  const own = folders.at(-1) === 'checkpoints' ? folders.at(-2) : folders.at(-1);
  return `${own ?? ''}@${revision}`.replaceAll(/[^\w.@~^-]/g, '-').slice(-100);
}

async function removeOldCopies(): Promise<void> {
  const folder = revisionsFolder();
  const oldest = Date.now() - KEPT_DAYS * 86_400_000;
  for (const name of await readdir(folder).catch(() => [])) {
    const copies = path.join(folder, name);
    const { mtimeMs } = await stat(copies).catch(() => ({ mtimeMs: Infinity })); // another process has just removed it
    if (mtimeMs < oldest) await rm(copies, { recursive: true, force: true });
  }
}

/** Downloads nothing, asks for no password, and does not write to the index. */
const GIT_ENV = { GIT_NO_LAZY_FETCH: '1', GIT_TERMINAL_PROMPT: '0', GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };

/** Runs `git` in the folder of a file and returns what it prints. Throws UserError if git fails. */
async function git(file: string, args: readonly string[], stdoutTo?: number): Promise<string> {
  const cwd = path.dirname(path.resolve(file));
  const options = { cwd, env: GIT_ENV, ...(stdoutTo !== undefined && { stdoutTo }) };
  if (!existsSync(cwd)) throw new UserError(`${file}: folder not found. Check the path.`);
  try {
    return (await runChild('git', ['--no-pager', '--literal-pathspecs', ...args], options)).stdout;
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    if (error.absent) throw new UserError('git was not found. Install Git, then try again.', { cause: error });
    if (/not a git repository/i.test(error.output.stderr))
      throw new UserError(`${file} is not in a Git repository. Name a file that is.`, { cause: error });
    if (error.output.stderr.includes('dubious ownership'))
      throw new UserError(`${file} is in a Git repository of another user. ${error.lastLine}`, { cause: error });
    throw new UserError(`${file}: git failed: ${error.lastLine}`, { cause: error });
  }
}
