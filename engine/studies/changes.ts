/** Finds the run directories of a study that its file no longer describes, because it was changed after they were made. */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { paths } from '../runs/paths';
import { MOST_NAMED, REPLACED, type StudyChanges } from '../vocabulary/studyChanges';
import { isMovedAside } from '../vocabulary/movedAside';
import { folderOf } from './place';
import type { RunState } from './states';
import type { ReadStudy } from './studyFile';

type Conflicting = Pick<RunState, 'run' | 'conflict'>;

/** Returns the changes; undefined if all run directories fit the study file. */
export async function changesOf(
  study: Pick<ReadStudy, 'file' | 'name'>,
  states: readonly Conflicting[],
): Promise<StudyChanges | undefined> {
  return changesFrom(states, await unlistedIn(study, new Set(states.map(({ run }) => run.name))));
}

/** Returns the changes from the states of the runs and the names of the unlisted directories. */
export function changesFrom(states: readonly Conflicting[], unlisted: readonly string[]): StudyChanges | undefined {
  const isReplaced = ({ conflict }: Conflicting) => conflict?.includes(REPLACED) === true;
  const found = states.filter((state) => state.conflict !== undefined && !isReplaced(state));
  const stale = states.filter(isReplaced);
  if (found.length === 0 && stale.length === 0 && unlisted.length === 0) return undefined;
  const conflicts = { ...groupOf(found), fields: [...new Set(found.flatMap(({ conflict = [] }) => conflict))] };
  return {
    ...(found.length > 0 && { conflicts }),
    ...(stale.length > 0 && { stale: groupOf(stale) }),
    ...(unlisted.length > 0 && { unlisted: { directories: unlisted.length, first: unlisted.slice(0, MOST_NAMED) } }),
  };
}

function groupOf(states: readonly Conflicting[]): NonNullable<StudyChanges['stale']> {
  return {
    runs: states.length,
    first: states.slice(0, MOST_NAMED).map(({ run }) => run.name),
    nodes: [...new Set(states.map(({ run }) => run.node))],
  };
}

/** Returns the names of the run directories in the folder of a study that none of its runs has. Runs that were moved aside do not count. */
export async function unlistedIn(
  study: Pick<ReadStudy, 'file' | 'name'>,
  names: ReadonlySet<string>,
): Promise<string[]> {
  const folder = folderOf(study);
  if (!existsSync(folder)) return []; // there are no runs yet
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => !entry.isFile() && !names.has(entry.name) && !isMovedAside(entry.name))
    .map(({ name }) => name)
    .filter((name) => existsSync(paths.record(path.join(folder, name))))
    .sort();
}

/** Returns the names of the runs that cannot begin: those whose directory has another run, and those that need one of them. */
export function blockedByConflicts(states: readonly Conflicting[]): Set<string> {
  const blocked = new Set<string>();
  for (const { run, conflict } of states)
    // in an order in which runs come after those that they need
    if (conflict !== undefined || run.needs.some((name) => blocked.has(name))) blocked.add(run.name);
  return blocked;
}
