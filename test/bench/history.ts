/** Keeps all measured rows in a file, one JSON document a line, so that a later measurement can be compared with them. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../engine/errors';
import type { Machine } from './machine';
import type { Row } from './measure';

export interface KeptRow extends Row {
  machine: Machine;
  /** Time of the measurement, ISO 8601. */
  at: string;
  /** Whether the sizes were those of `--tiny`. */
  tiny?: true;
}

export async function keepRow(file: string, row: KeptRow): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await appendFile(file, `${JSON.stringify(row)}\n`);
}

/**
 * Reads a history file, or the output of `npm run bench -- --json`. Returns the newest row of each name. Throws UserError if the file cannot
 * be read or has other lines.
 */
export async function readHistory(file: string): Promise<Map<string, KeptRow>> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UserError(
      `--against ${file} cannot be read (${code ?? message}). Name a file that --history or --json wrote.`,
    );
  });
  const rows = text
    .split('\n')
    .flatMap((line, i) => (line.trim() === '' ? [] : rowsIn(line, `${file}, line ${i + 1}`)));
  return new Map(rows.map((row) => [row.name, row]));
}

function rowsIn(line: string, place: string): KeptRow[] {
  try {
    const row = JSON.parse(line) as Partial<KeptRow> | null;
    if (typeof row?.name === 'string' && typeof row.machine?.processor === 'string') return [row as KeptRow];
    if (Array.isArray((row as { leftOut?: unknown } | null)?.leftOut)) return []; // the last line of --json
  } catch {
    // the message below says it
  }
  throw new UserError(`${place}: is not a row of the bench. Name a file that --history or --json wrote.`);
}

/**
 * Compares a row with an earlier one, as “1.08 × the ratio of 2026-11-29 10:15”. Where there is no peer, compares our own figures. Says if the
 * processor is another, because then only ratios can be compared.
 */
export function comparison(row: KeptRow, before: KeptRow | undefined): string {
  if (!before) return 'new';
  const day = before.at.slice(0, 16).replace('T', ' ');
  if (row.tiny !== before.tiny) return `not comparable with ${day}: one of the two has the sizes of --tiny`;
  const isSame = before.machine.processor === row.machine.processor && before.machine.cores === row.machine.cores;
  const other = isSame ? '' : ` on ${before.machine.processor}`;
  if (row.ratio !== null && before.ratio !== null)
    return `${times(row.ratio / before.ratio)} the ratio of ${day}${other}`;
  if (isSame && row.ours !== null && before.ours !== null && row.ours > 0)
    return row.unit === 'MB'
      ? `${times(row.ours / before.ours)} the size of ${day}`
      : `${times(before.ours / row.ours)} as fast as on ${day}`;
  return `not comparable with ${day}${other}`;
}

function times(value: number): string {
  return `${Number(value.toPrecision(3))} ×`;
}
