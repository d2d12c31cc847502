/** Formats the barriers between several checkpoints, as text and as JSON. */
import { namesOf } from '../vocabulary/fileNames';
import {
  BARRIER_NAMES,
  NAMED_BARRIERS,
  namedBarriers,
  namedHeight,
  type NamedBarrier,
} from '../vocabulary/namedBarriers';
import type { Pair } from '../vocabulary/runRelations';
import type { RunSummary } from '../vocabulary/runSummary';
import { oneLine } from '../vocabulary/text';
import { table } from './format';

/** A measured pair. `a` and `b` are places in the list of files. */
export interface MeasuredPair {
  a: number;
  b: number;
  directory: string;
  run: RunSummary & { pair?: Pair };
}

function barriersOf({ run: { result, ends } }: MeasuredPair): NamedBarrier[] {
  return result?.kind === 'connectivity' && ends ? namedBarriers(result, ends.points) : [];
}

/** Returns the document of `interpolate` with three or more files. */
export function barrierMatrixDocument(files: readonly string[], measured: readonly MeasuredPair[]) {
  const pairs = measured.map((one) => {
    const { a, b, directory, run } = one;
    const { status, message, pair } = run;
    return {
      a,
      b,
      directory,
      status,
      ...(message !== undefined && { message }),
      ...(pair && { pair }),
      barriers: barriersOf(one),
    };
  });
  return { files, pairs };
}

/** Returns the numbered files, a matrix for each barrier, and the kinds of the pairs. */
export function formatBarriers(files: readonly string[], measured: readonly MeasuredPair[]): string {
  const numbered = namesOf(files).map((name, place) => `${place + 1} ${name}`);
  const matrices = BARRIER_NAMES.flatMap((name) => {
    const { title, definition } = NAMED_BARRIERS[name];
    const cell = (row: number, column: number) => {
      const found = measured.find(({ a, b }) => a === Math.min(row, column) && b === Math.max(row, column));
      if (!found) return '–';
      const barrier = barriersOf(found).find((one) => one.name === name);
      return barrier ? namedHeight(barrier) : found.run.status;
    };
    const rows = numbered.map((file, row) => [file, ...numbered.map((_, column) => cell(row, column))]);
    return [table([[`${title} barrier`, ...numbered.map((_, place) => String(place + 1))], ...rows]), definition, ''];
  });
  const notes = new Set(
    measured.flatMap((one) =>
      barriersOf(one).flatMap(({ title, note }) => (note === undefined ? [] : `${title}: ${note}`)),
    ),
  );
  const kinds = measured.map(({ a, b, directory, run }) =>
    oneLine(`${a + 1} – ${b + 1}: ${run.pair?.sentence ?? run.status} ${directory}`),
  );
  return [...matrices, ...notes, ...kinds].join('\n');
}
