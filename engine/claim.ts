/** Keeps two processes from doing the same work. */
import { randomUUID } from 'node:crypto';
import { link, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from './errors';
import { createAtomically } from './files';
import { isObject } from './json/strict';
import { isWord, livenessOf, processIn, thisProcess, type ProcessName } from './processes';

/** Longest wait for short work of another process, and the interval between attempts, in ms. */
const [WAIT_MS, RETRY_MS] = [3_000, 20];
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

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
  const own = JSON.stringify({ ...thisProcess(), id: randomUUID(), file: path.resolve(file), work });
  for (let attempt = 0; !(await createAtomically(file, own)); attempt++) {
    const text = await textOf(file);
    const holder = (await isCopy(file, text)) ? undefined : holderIn(text);
    const liveness = holder && livenessOf(holder);
    if (attempt > 0 || (holder && liveness !== 'ended')) {
      const advice = liveness === 'alive' ? '' : ' If that process has ended, remove the file.';
      throw new UserError(`${file}: ${problem(holder ? nameOf(holder) : 'another process')}.${advice}`);
    }
    if (text !== undefined) await removeIf(file, text);
  }
  await removeLeft(file);
  return () => removeIf(file, own);
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

/**
 * Removes the file if it has this text. The file is renamed first, so that it cannot be replaced between the check and the removal. If it has
 * another text, it belongs to another process and gets its name back.
 */
async function removeIf(file: string, text: string): Promise<void> {
  const aside = `${file}.${randomUUID()}`;
  try {
    await rename(file, aside);
    if ((await textOf(aside)) !== text) await link(aside, file).catch(() => undefined);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  } finally {
    await rm(aside, { force: true });
  }
}

/** Removes what `removeIf` leaves if its process is killed between its two steps. */
async function removeLeft(file: string): Promise<void> {
  const [folder, prefix] = [path.dirname(file), `${path.basename(file)}.`];
  const names = await readdir(folder).catch(() => []);
  for (const name of names)
    if (name.startsWith(prefix) && UUID.test(name.slice(prefix.length))) {
      const left = path.join(folder, name);
      const holder = await holderOf(left); // a living one gets its name back in a moment
      if (holder && livenessOf(holder) === 'ended') await rm(left, { force: true }).catch(() => undefined);
    }
}

async function textOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}
