/** Run files: `NAME.sign.json`, or a copy of a `run.json` under any name. */
import path from 'node:path';
import { parseJson } from '../json/parse';
import { readText } from '../json/text';
import type { RunOptions } from '../vocabulary/runOptions';
import type { RunRecord } from '../vocabulary/runRecord';
import { checkOptions } from './options';
import { override, type Overrides } from './overrides';
import { optionsOf, recordIn } from './record';

/** A run file whose options are not checked yet. */
export interface RunFile {
  /** After the file. */
  name: string;
  options: unknown;
  /** The file is a copy of a `run.json`. */
  record?: RunRecord | undefined;
}

/** Reads a run file. Throws UserError if it cannot be read or is not JSON. */
export async function parseRunFile(file: string): Promise<RunFile> {
  const parsed = parseJson(await readText(file), file);
  const record = recordIn(parsed, file);
  const name = path.basename(file).replace(/(\.sign)?\.json$/, '');
  return { name, options: record ? optionsOf(record) : parsed, record };
}

/** A run file with overrides, its defaults, and absolute paths. Throws UserError naming file and field. */
export async function readRunFile(file: string, overrides?: Overrides): Promise<RunFile & { options: RunOptions }> {
  const found = await parseRunFile(file);
  return { ...found, options: checkOptions(override(found.options, overrides), file) };
}
