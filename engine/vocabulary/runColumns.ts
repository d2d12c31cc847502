/** The columns of a table of runs, for the panel and the command line. Pure. */
import { kernelsOf } from './backendWords';
import { isInterior } from './barrierWords';
import { gapToDense } from './denseReference';
import { factValueText, type FactValue } from './facts';
import { decimalText, duration, lossText, significant } from './numbers';
import { appliesTo, optionHelp, optionValues } from './runOptionValues';
import type { ListedRun } from './runRelations';
import { doneText, keptAmong, measuredHow, measuredOf, roundIn, studyOf } from './runValues';
import { seedText } from './seeds';

export type CellValue = string | number | undefined;

/**
 * When a column is shown by default: `always`; if the runs `differ` in it; if it is `used`, so that at least one run has a value; or only if
 * it is `chosen`.
 */
export type ColumnUse = 'always' | 'differs' | 'used' | 'chosen';

export interface RunColumn {
  /** Its name in filters, in `--columns` and in exported tables: `accuracy`, `learningRate`, `model.widths`. */
  id: string;
  title: string;
  /** What the values mean, with their unit. */
  hint: string;
  numeric: boolean;
  use: ColumnUse;
  /** Whether a time in milliseconds, or a duration in seconds. */
  unit?: 'time' | 'seconds' | '%';
  value: (run: ListedRun) => CellValue;
  /** The value as text; empty if there is none. */
  text: (run: ListedRun) => string;
  /** Formats the mean of several values. */
  format: (value: number) => string;
  /** For differences: what the run is compared with, and whether both have the same seed. */
  pair?: (run: ListedRun) => { key: string; isPaired: boolean } | undefined;
  /** Whether the column says something about a run. Otherwise, a missing value is no difference. */
  applies?: (run: ListedRun) => boolean;
}

type Given<V> = Pick<RunColumn, 'id' | 'hint' | 'use'> &
  Partial<Omit<RunColumn, 'value'>> & { value: (run: ListedRun) => V | undefined };

function textColumn(given: Given<string>): RunColumn {
  const text = (run: ListedRun) => given.value(run) ?? '';
  return { title: given.id, numeric: false, text, format: String, ...given };
}

function numberColumn(given: Given<number>): RunColumn {
  const format = given.format ?? significant;
  const text = (run: ListedRun) => {
    const value = given.value(run);
    return value === undefined ? '' : format(value);
  };
  return { title: given.id, numeric: true, text, format, ...given };
}

/** How a table of runs names its runs. */
export type NameOf = (run: ListedRun) => string;

/** Returns all columns for these runs: those that every table has, and one for each option. */
export function runColumns(runs: readonly ListedRun[], nameOf: NameOf = ({ name }) => name): RunColumn[] {
  return [...aboutRun(nameOf), ...results(runs), ...optionColumns(runs), ...circumstances(), ...written()];
}

function aboutRun(nameOf: NameOf): RunColumn[] {
  return [
    textColumn({
      ...{ id: 'star', title: '★', hint: 'star', use: 'always' },
      value: ({ notes }) => (notes?.star ? 'yes' : undefined),
      text: ({ notes }) => (notes?.star ? '★' : ''),
    }),
    textColumn({ id: 'name', hint: 'name of the run directory', use: 'always', value: nameOf }),
    textColumn({ id: 'method', hint: 'how the network was pruned', use: 'differs', value: ({ method }) => method }),
    textColumn({
      ...{ id: 'done', title: 'what was done', use: 'differs', value: doneText },
      hint: 'a search, a training of a new initialization, or the kind of transfer',
    }),
    textColumn({ id: 'model', hint: 'network', use: 'differs', value: ({ model }) => model }),
    textColumn({ id: 'dataset', hint: 'data', use: 'differs', value: ({ dataset }) => dataset }),
    numberColumn({
      ...{ id: 'round', use: 'differs', value: roundIn, format: String },
      hint: 'last round of a search, or the round whose ticket was trained',
      applies: ({ kind, sources }) => kind === 'search' || sources.length > 0,
    }),
  ];
}

const percentText = (value: number) => `${significant(value)} %`;

function results(runs: readonly ListedRun[]): RunColumn[] {
  const gapOf = gapToDense(runs);
  const keptOfRun = keptAmong(runs);
  return [
    numberColumn({
      ...{ id: 'kept', use: 'always', unit: '%', format: percentText },
      hint: 'share of the prunable weights that is kept, in percent',
      value: (run) => {
        const kept = keptOfRun(run);
        return kept === undefined ? undefined : 100 * kept;
      },
    }),
    numberColumn({
      ...{ id: 'accuracy', use: 'always', unit: '%', format: (value) => `${decimalText(value, 2)} %` },
      hint: 'test accuracy in percent: after full training, or in a search, then re-estimated if that was measured',
      value: (run) => measuredOf(run)?.accuracy,
    }),
    textColumn({ id: 'measured', hint: 'how the accuracy was measured', use: 'chosen', value: measuredHow }),
    numberColumn({
      ...{ id: 'gap', title: 'gap to dense', use: 'used', format: signedPoints, pair: gapOf },
      hint: 'accuracy less that of the dense training of the same study, network, data, training options and seed, in points; ± in groups is that of these paired differences',
      value: (run) => gapOf(run)?.value,
    }),
    numberColumn({
      ...{ id: 'loss', hint: 'test loss, measured like the accuracy', use: 'chosen', format: lossText },
      value: (run) => measuredOf(run)?.loss,
    }),
    numberColumn({
      ...{ id: 'top5', title: 'top-5', hint: 'top-5 test accuracy in percent', use: 'used', unit: '%' },
      value: (run) => measuredOf(run)?.top5,
    }),
    numberColumn({
      ...{ id: 'barrier', hint: 'barrier between the two ends, in points of test error', use: 'used' },
      value: ({ result }) =>
        result?.kind === 'connectivity' && isInterior(result.barrier) ? result.barrier.value : undefined,
    }),
    numberColumn({
      ...{ id: 'halfDifference', title: '½Δ of ends', use: 'used' },
      hint: 'half the difference of the two ends, in points of test error, if there is no barrier between them',
      value: ({ result }) =>
        result?.kind === 'connectivity' && !isInterior(result.barrier) ? result.barrier.value : undefined,
    }),
    numberColumn({
      ...{ id: 'seed', hint: 'seed', use: 'differs', text: seedText, format: String },
      value: ({ seed }) => seed,
    }),
    textColumn({
      ...{ id: 'status', hint: 'what the run does now, or how it ended', use: 'differs' },
      value: ({ status, stopping }) => (stopping ? 'stopping' : status),
    }),
  ];
}

/** Formats a difference in percentage points with its sign: “−0.80”, “+1.25”. */
function signedPoints(value: number): string {
  const text = decimalText(Math.abs(value), 2);
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

function circumstances(): RunColumn[] {
  return [
    textColumn({ id: 'study', hint: 'the study that the run belongs to', use: 'differs', value: studyOf }),
    textColumn({
      ...{ id: 'source', hint: 'the checkpoints that the run was made from', use: 'chosen' },
      value: ({ sources }) => sources.map(({ label }) => label).join(' ↔ ') || undefined,
    }),
    textColumn({ id: 'backend', hint: 'what computed', use: 'differs', value: ({ backend }) => backend?.name }),
    textColumn({ id: 'device', hint: 'device of the backend', use: 'chosen', value: ({ backend }) => backend?.device }),
    textColumn({
      ...{ id: 'kernels', use: 'chosen', value: ({ backend }) => backend && kernelsOf(backend) },
      hint: 'kernels of wasm, or operations in TensorFlow: between different ones, results differ in the last bits',
    }),
    numberColumn({
      ...{ id: 'images', title: 'images/s', use: 'chosen' },
      hint: 'training images per second in the last round, without evaluations',
      value: ({ rounds }) => rounds.at(-1)?.imagesPerSecond,
    }),
    numberColumn({
      ...{ id: 'duration', use: 'chosen', unit: 'seconds', format: duration, value: ({ seconds }) => seconds },
      hint: 'how long its processes have worked, without the time between a stop and the next resume',
    }),
    numberColumn({
      ...{ id: 'started', hint: 'when the run began', use: 'chosen', unit: 'time', format: timeText },
      value: ({ started }) => started,
    }),
  ];
}

/** Formats a time as date and time of this machine: “2026-11-29 03:26”. */
export function timeText(milliseconds: number): string {
  const time = new Date(milliseconds);
  const two = (value: number) => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}

function optionColumns(runs: readonly ListedRun[]): RunColumn[] {
  const names = new Map<string, boolean>();
  for (const run of runs)
    for (const [name, value] of optionValues(run)) names.set(name, (names.get(name) ?? true) && isNumber(value));
  return [...names].map(([id, numeric]) => {
    const given = (run: ListedRun) => optionValues(run).get(id);
    const base = { id, hint: optionHelp(id) ?? 'an option', use: 'differs' as const };
    const applies = (run: ListedRun) => appliesTo(run, id);
    if (numeric)
      return numberColumn({ ...base, applies, format: String, value: (run) => given(run) as number | undefined });
    return textColumn({ ...base, applies, value: (run) => valueText(given(run)) });
  });
}

function isNumber(value: FactValue): boolean {
  return typeof value === 'number';
}

function valueText(value: FactValue | undefined): string | undefined {
  return value === undefined || value === null ? undefined : factValueText(value);
}

function written(): RunColumn[] {
  return [
    textColumn({
      ...{ id: 'tags', hint: 'tags of the run', use: 'used' },
      value: ({ notes }) => notes?.tags?.join(', '),
    }),
    textColumn({ id: 'directory', hint: 'run directory', use: 'chosen', value: ({ directory }) => directory }),
    textColumn({ id: 'note', hint: 'what was noted about the run', use: 'used', value: ({ notes }) => notes?.text }),
  ];
}
