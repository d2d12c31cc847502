/** Which names the runs of a study can have. Each run has a directory of its name beside the files of the study, on any file system. */
import path from 'node:path';
import { SKIPPED } from '../runs/findRuns';
import { folderName } from '../runs/names';
import { paths } from '../runs/paths';
import type { Assignment, StudyNode } from '../vocabulary/study';
import { isMovedAside } from '../vocabulary/movedAside';
import { OWN } from './place';

/** Returns the name of a run, which may not be safe as that of a folder. */
export function nameOf(name: string, { over }: StudyNode, axes: Assignment): string {
  return [name, ...over.map((axis) => labelOf(axis, axes[axis]!))].join('-');
}

/** Returns the part of a name that a value gives: `seed2`, `r03`, or the value itself if it is a word. */
function labelOf(axis: string, value: Assignment[string]): string {
  if (axis === 'round') return `r${String(value).padStart(2, '0')}`;
  return typeof value === 'string'
    ? value.replace(/[^\p{L}\p{N}.]+/gu, '-').replace(/^-|-$/g, '')
    : `${axis}${String(value)}`;
}

/** Why a run cannot have a name, by the name. */
const RESERVED: ReadonlyMap<string, string> = new Map([
  ...Object.values(OWN).map((name) => [name, 'the study has a file of this name'] as const),
  [path.basename(paths.record('')), 'a folder with a file of this name is a run'],
  ...SKIPPED.map((name) => [name, 'folders of this name are not searched for runs'] as const),
]);

/** Returns why a run cannot have a name, or undefined. */
function refusal(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (name.startsWith('.')) return 'names that begin with a dot are for files of the study';
  if (lower.startsWith(`${OWN.lock}.`)) return RESERVED.get(OWN.lock);
  if (isMovedAside(lower)) return 'a run that is tried again gets such a name';
  return RESERVED.get(lower);
}

/** The names of the runs of a study. */
export class RunNames {
  /** By a text that is equal for names that are the same folder on some file systems. */
  readonly #names = new Map<string, string>();

  /** Adds the name of a run. Returns what is wrong with it, or undefined. */
  add(given: string): string | undefined {
    const name = folderName(given);
    const key = name.normalize('NFC').toLowerCase();
    const other = this.#names.get(key);
    this.#names.set(key, name);
    const why = refusal(name);
    if (why !== undefined) return `a run would have the name "${given}", but ${why}. Rename the node or a value.`;
    if (other === name) return `two runs would have the name ${name}. Rename a node or a value.`;
    if (other === undefined) return undefined;
    return `two runs would have the names ${other} and ${name}, which are the same folder on some file systems. Rename a node or a value.`;
  }
}
