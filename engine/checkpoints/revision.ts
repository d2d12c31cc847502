/** Gets a file as it was in a Git revision. Only `git` reads the repository. No filters and hooks of the repository run. */
import { constants, existsSync } from 'node:fs';
import { copyFile, link, open, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import path from 'node:path';
import { ChildError, runChild } from '../children';
import { UserError } from '../errors';
import { makeFolder } from '../files';
import { revisionsFolder } from '../home';
import type { Revision } from '../vocabulary/checkpoint';

/** A copy that was not used for this number of days is removed. */
const KEPT_DAYS = 7;
/** Git LFS pointers are smaller than this. */
const MOST_POINTER_BYTES = 1024;
const MOST_REVISIONS = 100;

/** Returns the newest commits that changed a file, newest first, at most 100. Throws UserError if the file is not in a repository. */
export async function revisionsOf(file: string): Promise<Revision[]> {
  const format = '--format=%H%x00%h%x00%cI%x00%an%x00%s';
  const log = await git(file, ['log', `--max-count=${MOST_REVISIONS}`, format, '--', path.basename(file)]);
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
 * nothing. Throws UserError if there is no such revision, if it does not have the file, or if the content of a Git LFS pointer is not on
 * this machine.
 */
export async function fileAtRevision(file: string, revision: string): Promise<string> {
  if (file.endsWith('.json'))
    throw new UserError(
      `${file} is an index, which only names other files. Check out the revision with “git worktree add” and compare the files there.`,
    );
  const commit = await commitOf(file, revision);
  const entry = await git(file, ['ls-tree', '-z', commit, '--', path.basename(file)]);
  const blob = /^100\d{3} blob ([0-9a-f]+)\t/.exec(entry)?.[1];
  if (!blob)
    throw new UserError(`${revision} has no file ${file}. “git log -- FILE” lists the revisions that have it.`);
  const copy = path.join(revisionsFolder(), blob, folderName(file, revision), path.basename(file));
  await removeOldCopies();
  if (!existsSync(copy)) await extract({ file, revision, blob, copy });
  await utimes(path.dirname(path.dirname(copy)), new Date(), new Date());
  return copy;
}

async function commitOf(file: string, revision: string): Promise<string> {
  const args = ['rev-parse', '--quiet', '--verify', '--end-of-options', `${revision}^{commit}`];
  const commit = await git(file, args).catch((error: unknown) => {
    if (error instanceof ChildError) return '';
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
  const temporary = `${copy}.${process.pid}.tmp`;
  try {
    if (pointer) await linkOrCopy(await storedLfsObject(file, revision, pointer), temporary);
    else await writeBlob(file, blob, temporary);
    await rename(temporary, copy);
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

async function linkOrCopy(from: string, to: string): Promise<void> {
  await rm(to, { force: true });
  await link(from, to).catch(() => copyFile(from, to, constants.COPYFILE_FICLONE)); // another file system has no links to this one
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

/** Runs `git` in the folder of a file and returns what it prints. Throws UserError if there is no git or no repository. */
async function git(file: string, args: readonly string[], stdoutTo?: number): Promise<string> {
  const cwd = path.dirname(path.resolve(file));
  const options = { cwd, env: { GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' }, ...(stdoutTo !== undefined && { stdoutTo }) };
  if (!existsSync(cwd)) throw new UserError(`${file}: folder not found. Check the path.`);
  try {
    return (await runChild('git', ['--no-pager', ...args], options)).stdout;
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    if (error.absent) throw new UserError('git was not found. Install Git, then try again.', { cause: error });
    if (/not a git repository/i.test(error.output.stderr))
      throw new UserError(`${file} is not in a Git repository. Name a file that is.`, { cause: error });
    if (error.output.stderr.includes('dubious ownership'))
      throw new UserError(`${file} is in a Git repository of another user. ${error.lastLine}`, { cause: error });
    throw error;
  }
}
