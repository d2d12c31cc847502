/** Replaces the stale lock of a run directory. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { writeAtomically } from '../files';
import { livenessOf } from '../processes';
import { createLock, type LockFile, type LockHolder, readLock, silenceMs, WRITING_MS } from './lockFile';
import { paths } from './paths';

/** Thrown just before the lock is replaced, if another process has replaced it or has the right to do so. */
class Lost extends Error {}

/**
 * Replaces a stale lock by ours. Returns false if the lock has changed in the meantime. Only the process that has the right to do so may do
 * this. The right is the file `lock.takeover`, which exists only for milliseconds. If its process was killed, the right of the next process
 * is a file with a hash of the text of that file in its name, and so on. No such file is removed before the lock was replaced, because another process
 * might create it anew in this moment.
 */
export async function takeOver(directory: string, stale: LockFile, holder: LockHolder): Promise<boolean> {
  const [file, former] = [paths.lock(directory), [] as string[]];
  let right = paths.takeover(directory);
  while (!(await createLock(right, holder))) {
    const found = await abandonedLock(right);
    if (!found) return false;
    former.push(right);
    right = `${paths.takeover(directory)}.${nameAfter(found.text, former.length)}`;
  }
  const hasRight = () => readLock(right)?.holder?.id === holder.id;
  const check = () => {
    if (!hasRight() || readLock(file)?.version !== stale.version) throw new Lost();
  };
  try {
    await writeAtomically(file, JSON.stringify(holder), { check });
    for (const useless of former) rmSync(useless, { force: true });
    return true;
  } catch (error) {
    if (error instanceof Lost) return false;
    throw error;
  } finally {
    if (hasRight()) rmSync(right, { force: true }); // if this process was suspended, it may be the right of another one
  }
}

/** Returns the end of the name of the right after `count` others, of which the last one has this text. All machines see the same text. */
function nameAfter(text: string, count: number): string {
  return createHash('sha256').update(`${count} ${text}`).digest('hex').slice(0, 32);
}

/** Returns the file of a right whose process was killed or suspended while it took over the lock; undefined if the file is used or gone. */
async function abandonedLock(right: string): Promise<LockFile | undefined> {
  const found = readLock(right);
  if (!found) return undefined;
  const isEnded = found.holder !== undefined && livenessOf(found.holder) === 'ended';
  if (!isEnded) await setTimeout(Math.min(WRITING_MS, silenceMs()));
  return readLock(right)?.version === found.version ? found : undefined;
}
