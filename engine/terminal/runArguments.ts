/** Arguments that several verbs about runs share. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { MOST_LEVELS, tooDeep } from '../json/parse';
import { isObject } from '../json/strict';
import { UserError } from '../errors';
import type { Place } from '../runs/drafts';
import type { Overrides } from '../runs/overrides';
import { paths, RUNS_FOLDER } from '../runs/paths';
import { runOf } from '../runs/record';
import type { Arguments } from './verb';

/** Returns the place of a new run: `--dir` if it is given, otherwise a new directory below `folder`. */
export function placeOf({ text: { dir } }: Arguments, folder: string): Place {
  if (dir === undefined) return { folder };
  if (existsSync(dir) && !isFolder(dir))
    throw new UserError(`--dir is ${dir}, which is a file. Choose another directory.`);
  return { directory: dir };
}

export function isFolder(file: string): boolean {
  return statSync(file).isDirectory();
}

/** Returns the run directory that a target names, directly or by its `run.json`; undefined for any other file. */
export function directoryNamed(target: string): string | undefined {
  if (!existsSync(target)) return undefined;
  if (isFolder(target)) return target;
  const folder = path.dirname(target);
  return paths.record(folder) === target ? folder : undefined;
}

/**
 * Returns the folder for a derived run: the folder that contains the run of the sources. If no source is in a run directory, returns the
 * runs folder in the current folder.
 */
export function folderForDerivedRun(...checkpoints: string[]): string {
  const directory = runOf(...checkpoints);
  return directory === undefined ? path.resolve(RUNS_FOLDER) : path.dirname(directory);
}

/** Parses `--set learningRate=0.05` and `--set augmentation.crop=2`. A value that is not valid JSON is text. */
export function overridesOf({ list }: Arguments): Overrides {
  const pairs = (list['set'] ?? []).map((assignment) => {
    const [, field, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (field === undefined || text === undefined)
      throw new UserError(`--set is "${assignment}". Write it as FIELD=VALUE.`);
    return [field, fromHere(field, jsonOrText(text, `--set ${field}`))] as const;
  });
  return Object.fromEntries(pairs);
}

/** Parses the value of an argument. A value that is not valid JSON is text. */
function jsonOrText(value: string, argument: string): unknown {
  if (tooDeep(value) !== undefined)
    throw new UserError(`${argument} is nested more than ${MOST_LEVELS} levels deep. Use a simpler value.`);
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

const PATHS = ['dataset.path', 'model.path'];

/** Resolves a path in `--set`, which is relative to the current folder, not to the run file. */
function fromHere(field: string, value: unknown): unknown {
  if (PATHS.includes(field) && typeof value === 'string' && value !== '') return path.resolve(value);
  if (PATHS.includes(`${field}.path`) && isObject(value) && 'path' in value)
    return { ...value, path: fromHere(`${field}.path`, value['path']) };
  return value;
}
