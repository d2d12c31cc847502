/** The checkpoints that the rule `keep` of a study has dropped. A file in their run directory lists them, so that messages can say why they are missing. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isObject } from '../json/strict';

/** The list, in the run directory. It is written before the checkpoints are deleted. */
export const DROPPED_LIST = 'dropped.json';

export interface Dropped {
  /** The rule. */
  keep: string;
  /** Name of the study file. */
  study: string;
  /** Paths of the checkpoints relative to the run directory, with `/`. */
  files: string[];
}

/** Returns the list of a run directory; undefined if it has none, or if the list is not valid. */
export function readDropped(directory: string): Dropped | undefined {
  try {
    const found: unknown = JSON.parse(readFileSync(path.join(directory, DROPPED_LIST), 'utf8'));
    if (!isObject(found)) return undefined;
    const { keep, study, files } = found;
    if (typeof keep !== 'string' || typeof study !== 'string' || !Array.isArray(files)) return undefined;
    return { keep, study, files: files.filter((file) => typeof file === 'string') };
  } catch {
    return undefined;
  }
}

/** Returns a sentence about a missing file that a study has dropped, with what to do; undefined for any other file. */
export function droppedText(file: string): string | undefined {
  const directory = path.dirname(path.dirname(path.resolve(file)));
  const dropped = readDropped(directory);
  const name = path.relative(directory, path.resolve(file)).split(path.sep).join('/');
  if (!dropped?.files.includes(name)) return undefined;
  return `${file}: the study ${dropped.study} has dropped this checkpoint ("keep": "${dropped.keep}"), because no run needed it any more. To make it again, remove ${directory} and run the study again. To keep all checkpoints from then on, set "keep" to "all" first.`;
}
