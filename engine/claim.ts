/** Keeps two processes from doing the same work. */
import { createHash, randomUUID } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from './errors';
import { createAtomically, writeAtomically } from './files';
import { isObject } from './json/strict';
import { isWord, livenessOf, processIn, thisProcess, type ProcessName } from './processes';

/** Longest wait for short work of another process, and the interval between attempts, in ms. */
const [WAIT_MS, RETRY_MS] = [3_000, 20];
/** How often in a row a file that cannot be read is tried again, for example while a network file system still shows a removed file. */
const ATTEMPTS = 10;
/** Digits of the hash in the name of a right, and what is added to the name of a file in the name of a right. */
const [HASH_DIGITS, RIGHT] = [32, /^(\.[0-9a-f]{32})+$/];

/** A process that has a file. */
export interface Holder extends ProcessName {
  /** What it does, if it has said so. */
  work?: string;
}

/**
 * Writes the name of this process, and what it does, to `file`. Returns a function that removes the file. Throws UserError if another
 * process has the file: `problem` says in a sentence without a period what that process, such as “process 7 on HOST”, does. The file of a
 * process that has ended is replaced.
 */
export async function claim(
  file: string,
  problem: (holder: string) => string,
  work?: string,
): Promise<() => Promise<void>> {
  const own = { ...thisProcess(), id: randomUUID(), work };
  const found = await take(file, own);
  if (found) {
    const advice = found.isAlive ? '' : ' If that process has ended, remove the file.';
    throw new UserError(`${file}: ${problem(found.holder ? nameOf(found.holder) : 'another process')}.${advice}`);
  }
  await removeRights(file);
  return () => removeIf(file, textFor(file, own));
}

/** What keeps a process from taking a file. */
interface Obstacle {
  holder: Holder | undefined;
  isAlive: boolean;
}

/**
 * Writes the name of a process to `file`, unless another process has the file or is just taking it: that one is returned.
 *
 * The file of a process that has ended is replaced only by the process that has the right to replace just this text. This right is a file
 * too, with the hash of the text in its name. It is taken in the same way, because its process may have been killed. Each text contains an
 * id, so a text that was replaced never comes back, and an old right is useless.
 */
async function take(file: string, own: Holder & { id: string }): Promise<Obstacle | undefined> {
  const ownText = textFor(file, own);
  for (let unread = 0; !(await createAtomically(file, ownText));) {
    const text = await textOf(file);
    if (text === ownText) return undefined; // a network file system may report a file as existing that this call created
    if (text === undefined) {
      // it was released in this moment, or cannot be read
      if (++unread === ATTEMPTS) return { holder: undefined, isAlive: false };
      await wait(RETRY_MS);
      continue;
    }
    unread = 0;
    const holder = (await isCopy(file, text)) ? undefined : holderIn(text);
    const liveness = holder && livenessOf(holder);
    if (holder && liveness !== 'ended') return { holder, isAlive: liveness === 'alive' };
    const right = rightToReplace(file, text);
    const obstacle = await take(right, own);
    if (obstacle) return obstacle;
    try {
      if ((await textOf(file)) === text) {
        await writeAtomically(file, ownText);
        return undefined;
      }
    } finally {
      await removeIf(right, textFor(right, own));
    }
  }
  return undefined;
}

function textFor(file: string, own: Holder & { id: string }): string {
  return JSON.stringify({ ...own, file: path.resolve(file) });
}

function rightToReplace(file: string, text: string): string {
  return `${file}.${createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS)}`;
}

/** Does short work while this process has the file. Waits for up to `WAIT_MS` if another process, or another task of this one, has it. */
export async function whileClaimed<T>(file: string, doing: string, work: () => Promise<T>): Promise<T> {
  const end = performance.now() + WAIT_MS;
  for (;;) {
    const release = await claim(file, (holder) => `${holder} ${doing}`).catch(async (error: unknown) => {
      if (!(error instanceof UserError) || performance.now() > end) throw error;
      await wait(RETRY_MS);
      return undefined;
    });
    if (!release) continue;
    try {
      return await work();
    } finally {
      await release();
    }
  }
}

/** Returns a process for messages. */
export function nameOf({ pid, host }: ProcessName): string {
  return `process ${pid} on ${host}`;
}

/** Returns the process that has the file; undefined if the file is gone or corrupt. */
export async function holderOf(file: string): Promise<Holder | undefined> {
  const text = await textOf(file);
  return (await isCopy(file, text)) ? undefined : holderIn(text);
}

/**
 * Whether a file is a copy, for example in a copied folder: the file that it names is another one with the same text. A file that was moved
 * or is reached by another path is no copy.
 */
async function isCopy(file: string, text: string | undefined): Promise<boolean> {
  const original = originalIn(text);
  if (original === undefined || original === path.resolve(file) || (await textOf(original)) !== text) return false;
  const [there, here] = await Promise.all([original, file].map((one) => stat(one).catch(() => undefined)));
  return there !== undefined && here !== undefined && (there.dev !== here.dev || there.ino !== here.ino);
}

function originalIn(text: string | undefined): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    return isObject(parsed) && typeof parsed['file'] === 'string' ? parsed['file'] : undefined;
  } catch {
    return undefined;
  }
}

function holderIn(text: string | undefined): Holder | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    const holder = isObject(parsed) ? processIn(parsed) : undefined;
    const work = isObject(parsed) ? parsed['work'] : undefined;
    return holder && { ...holder, ...(isWord(work) && { work }) };
  } catch {
    return undefined;
  }
}

/** Removes the file if it has this text. Another text is that of another process: a user removed the file, and that process created it. */
async function removeIf(file: string, text: string): Promise<void> {
  if ((await textOf(file)) === text) await rm(file, { force: true });
}

/**
 * Removes the rights of processes that were killed while they took the file. Only the process that has the file may do this: its text is new,
 * so nobody can use a right that is removed, or created again, in this moment.
 */
async function removeRights(file: string): Promise<void> {
  const [folder, base] = [path.dirname(file), path.basename(file)];
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (name.startsWith(base) && RIGHT.test(name.slice(base.length))) {
      const right = path.join(folder, name);
      const holder = await holderOf(right);
      if (holder && livenessOf(holder) === 'ended') await rm(right, { force: true }).catch(() => undefined);
    }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
