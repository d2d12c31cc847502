/** Moves runs of a study aside that diverged or failed, so that they begin anew. Nothing is deleted. */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { asMachineError, UserError } from '../errors';
import { acquireLock } from '../runs/lock';
import { paths } from '../runs/paths';
import { MOST_NAMED } from '../vocabulary/studyChanges';
import type { StudyRun } from './expand';
import { asideOf, directoryOf } from './place';
import { readState } from './states';
import type { ReadStudy } from './studyFile';
import { unknownText } from './unknownRun';

/**
 * Moves the directories of the named runs aside, and of the runs of the named nodes, if they diverged or failed. If one was made with other
 * options, runs that were made from it are moved aside, too, because they do not belong to the new one. Returns sentences about them. Throws
 * UserError if a name is unknown, if none of its runs can be tried again, or if a process still executes one.
 */
export async function moveAside(
  study: ReadStudy,
  runs: readonly StudyRun[],
  names: readonly string[],
): Promise<string[]> {
  const chosen = new Set<string>();
  const changed = new Set<string>();
  for (const name of names) {
    const named = runs.filter((run) => run.name === name || run.node === name);
    if (named.length === 0) throw new UserError(`"${name}" cannot begin anew: it ${unknownText(study, runs, name)}`);
    const states = await Promise.all(named.map((run) => readState(study, run)));
    const found = states.filter(({ status }) => status === 'diverged' || status === 'failed');
    if (found.length === 0)
      throw new UserError(
        `"${name}" cannot begin anew: no run of this name has diverged or failed. The status shows the runs that have.`,
      );
    for (const { run, conflict } of found) {
      chosen.add(run.name);
      if (conflict) changed.add(run.name);
    }
  }
  const made = madeFrom(runs, changed).filter(
    ({ name }) => !chosen.has(name) && existsSync(paths.record(directoryOf(study, name))),
  );
  for (const { name } of made.reverse()) await moveOne(directoryOf(study, name), runs); // before what they were made from
  const sentences = [];
  for (const name of chosen) sentences.push(await moveOne(directoryOf(study, name), runs));
  return [...sentences, ...madeText(made.reverse())];
}

/** Returns the runs that need one of these, directly or by way of others. */
function madeFrom(runs: readonly StudyRun[], names: ReadonlySet<string>): StudyRun[] {
  const all = new Set(names);
  for (const { name, needs } of runs) if (needs.some((need) => all.has(need))) all.add(name);
  return runs.filter(({ name }) => all.has(name) && !names.has(name));
}

function madeText(made: readonly StudyRun[]): string[] {
  if (made.length === 0) return [];
  const first = made.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = made.length > first.length ? ` and ${made.length - first.length} more` : '';
  const begin = made.length === 1 ? 'begins' : 'begin';
  return [
    `${first.join(', ')}${more} ${begin} anew as well, because ${made.length === 1 ? 'it was' : 'they were'} made from these. Former runs are in directories whose names end with -before-retry-1 or a higher number.`,
  ];
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
