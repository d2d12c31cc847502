/** Arguments that several verbs about runs have in common. */
import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import { isObject } from '../json/strict';
import { UserError } from '../errors';
import type { Place } from '../runs/drafts';
import type { Overrides } from '../runs/overrides';
import { paths, RUNS_FOLDER } from '../runs/paths';
import { runOf } from '../runs/record';
import type { Arguments } from './verb';

/** Where a new run goes: `--dir`, else into a directory of its own below `folder`. */
export function placeOf({ text: { dir } }: Arguments, folder: string): Place {
  if (dir === undefined) return { folder };
  if (existsSync(dir) && !isFolder(dir)) throw new UserError(`--dir is ${dir}, a file; choose another directory.`);
  return { directory: dir };
}

export function isFolder(file: string): boolean {
  return statSync(file).isDirectory();
}

/** The run directory that was named, itself or by its `run.json`; undefined for any other file. */
export function directoryNamed(target: string): string | undefined {
  if (!existsSync(target)) return undefined;
  if (isFolder(target)) return target;
  const folder = path.dirname(target);
  return paths.record(folder) === target ? folder : undefined;
}

/** New runs go beside the first run they come from; of files outside any, into the runs folder here. */
export function besideRunOf(...checkpoints: string[]): string {
  const directory = runOf(...checkpoints);
  return directory === undefined ? path.resolve(RUNS_FOLDER) : path.dirname(directory);
}

/** Parses `--set learningRate=0.05`, `--set augmentation.crop=2`: values are JSON where they parse, else text. */
export function overridesOf({ list }: Arguments): Overrides {
  const pairs = (list['set'] ?? []).map((assignment) => {
    const [, field, text] = /^([^=]+)=(.*)$/s.exec(assignment) ?? [];
    if (field === undefined || text === undefined)
      throw new UserError(`--set is "${assignment}"; write it as FIELD=VALUE.`);
    return [field, fromHere(field, jsonOrText(text))] as const;
  });
  return Object.fromEntries(pairs);
}

function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** A path that a person types is relative to the folder they are in, not to a run file elsewhere. */
function fromHere(field: string, value: unknown): unknown {
  if (field === 'dataset.path' && typeof value === 'string' && value !== '') return path.resolve(value);
  if (field === 'dataset' && isObject(value) && 'path' in value)
    return { ...value, path: fromHere('dataset.path', value['path']) };
  return value;
}
