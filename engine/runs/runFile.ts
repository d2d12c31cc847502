/** Reads run files: `NAME.sign.json`, or a copy of a `run.json` under any name. */
import path from 'node:path';
import { parseJson } from '../json/parse';
import { readText } from '../json/text';
import type { RunRecord } from '../vocabulary/runRecord';
import type { OptionsSource } from './overrides';
import { optionsOf, recordIn } from './record';

export interface RunFile extends OptionsSource {
  /** Name of the run, from the name of the file. */
  name: string;
  /** The record, if the file is a copy of a `run.json`. */
  record?: RunRecord | undefined;
}

/** Reads a run file without checking its options. Throws UserError if the file cannot be read or is not JSON. */
export async function readRunFile(file: string): Promise<RunFile> {
  const parsed = parseJson(await readText(file), file);
  const record = recordIn(parsed, file);
  const name = path.basename(file).replace(/(\.sign)?\.json$/, '');
  return { name, file, options: record ? optionsOf(record) : parsed, record };
}
