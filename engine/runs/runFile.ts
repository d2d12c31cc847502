/** Reads run files: `NAME.sign.json`, or a copy of a `run.json` under any name. */
import { open } from 'node:fs/promises';
import path from 'node:path';
import { looksLikeBinaryCheckpoint, RECOGNIZED_BYTES } from '../checkpoints/recognize';
import { command } from '../commands';
import { FileError, type Advice } from '../errors';
import { isObject } from '../json/strict';
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
  await refuseCheckpoint(file);
  const parsed = parseJson(await readText(file), file);
  if (isObject(parsed) && 'nodes' in parsed)
    throw new FileError(file, [
      {
        message: 'This is a study, not a run file.',
        advice: {
          terminal: `Run it with: ${command('study', 'run', file)}`,
          window: 'Run it with “Winning Sign: Run Study…”.',
        },
      },
    ]);
  const record = recordIn(parsed, file);
  const name = path.basename(file).replace(/(\.sign)?\.json$/, '');
  return { name, file, options: record ? optionsOf(record) : parsed, record };
}

/** Says how a run file is run. */
export function runAdvice(file: string): Advice {
  return { terminal: `Run it with: ${command('run', file)}`, window: 'Run it with “Winning Sign: Run This File”.' };
}

/** Throws UserError if the file is a checkpoint. Reads only its first bytes, because checkpoints can be large. */
async function refuseCheckpoint(file: string): Promise<void> {
  if (!looksLikeBinaryCheckpoint(await headOf(file))) return;
  const message = 'This is a checkpoint, not a run file. Name a run file (NAME.sign.json), or look at the checkpoint';
  const advice = { terminal: `with: ${command('inspect', file)}`, window: 'with “Winning Sign: Open Checkpoint…”.' };
  throw new FileError(file, [{ message, advice }]);
}

/** Returns the first bytes of a file, or nothing if it cannot be read. The reader of the text reports that error. */
async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return new Uint8Array();
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(RECOGNIZED_BYTES), position: 0 });
    return buffer.subarray(0, bytesRead);
  } catch {
    return new Uint8Array();
  } finally {
    await handle.close();
  }
}
