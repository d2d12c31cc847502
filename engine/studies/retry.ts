/** Moves runs of a study aside that diverged or failed, so that they begin anew. Nothing is deleted. */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { asMachineError, UserError } from '../errors';
import { acquireLock } from '../runs/lock';
import { paths } from '../runs/paths';
import type { StudyRun } from './expand';
import { asideOf } from './place';
import { readState } from './states';
import type { ReadStudy } from './studyFile';

/**
 * Moves the directories of the named runs aside, and of the runs of the named nodes, if they diverged or failed. Returns a sentence for each.
 * Throws UserError if a name is unknown, if none of its runs can be tried again, or if a process still executes one.
 */
export async function moveAside(
  study: ReadStudy,
  runs: readonly StudyRun[],
  names: readonly string[],
): Promise<string[]> {
  const directories = new Set<string>();
  for (const name of names) {
    const named = runs.filter((run) => run.name === name || run.node === name);
    const states = await Promise.all(named.map((run) => readState(study, run)));
    const found = states.filter(({ status }) => status === 'diverged' || status === 'failed');
    if (found.length === 0)
      throw new UserError(
        states.length === 0
          ? `"${name}" cannot begin anew: it is neither a node nor a run of ${study.file}. The plan lists them.`
          : `"${name}" cannot begin anew: no run of this name has diverged or failed. The status shows the runs that have.`,
      );
    for (const { directory } of found) directories.add(directory);
  }
  const sentences = [];
  for (const directory of directories) sentences.push(await moveOne(directory, runs));
  return sentences;
}

async function moveOne(directory: string, runs: readonly StudyRun[]): Promise<string> {
  const lock = await acquireLock(directory, { wait: false });
  try {
    const target = freeName(directory, runs);
    await rename(directory, target);
    await rm(paths.lock(target), { force: true });
    return `${directory} begins anew. The former run is in ${target}; remove it if you do not need it.`;
  } catch (error) {
    throw asMachineError(error, `${directory} cannot be moved aside`);
  } finally {
    lock.release();
  }
}

/** Returns a path for a former run that neither exists nor is that of another run of the study. */
function freeName(directory: string, runs: readonly StudyRun[]): string {
  for (let number = 1; ; number++) {
    const target = asideOf(directory, number);
    const isTaken = runs.some(({ name }) => target.endsWith(`/${name}`) || target.endsWith(`\\${name}`));
    if (!isTaken && !existsSync(target)) return target;
  }
}
