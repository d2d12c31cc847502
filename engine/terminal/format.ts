/** Formats results for the terminal. */
import path from 'node:path';
import { command } from '../commands';
import { decimalText, lossText, percent } from '../vocabulary/numbers';
import { cutMiddle, oneLine } from '../vocabulary/text';
import type { BackendReport, Calibration, DoctorCheck } from '../vocabulary/backends';
import { hasEmptyLayer } from '../vocabulary/emptyLayers';
import type { InstallPlan } from '../vocabulary/installation';
import { accuracyNote, barrierLabel, barrierWords, isInterior } from '../vocabulary/barrierWords';
import { namedBarriers, namedBarrierWords } from '../vocabulary/namedBarriers';
import type { Measured, SurfacePoint } from '../vocabulary/runEvents';
import type { Method } from '../vocabulary/runOptions';
import { factText } from '../vocabulary/facts';
import type { Fact, Pair, SourceCheckpoint } from '../vocabulary/runRelations';
import { keptAmong } from '../vocabulary/runValues';
import type { RunList, RunSummary } from '../vocabulary/runSummary';
import { seedText } from '../vocabulary/seeds';
import { OFFICIAL_SHORT, searchLabel, shownMeasure, type SearchMeasures } from '../vocabulary/searchAccuracy';
import { modelLabel } from '../models/registry';

/** Formats a measurement, for example `0.312 loss, 88.10 %` or `1.204 loss, 68.10 %, top-5 88.20 %`. */
export function measured({ loss, accuracy, top5 }: Measured): string {
  const five = top5 === undefined ? '' : `, top-5 ${top5.toFixed(2)} %`;
  return `${lossText(loss)} loss, ${decimalText(accuracy, 2)} %${five}`;
}

/** Formats the test accuracy in a search: `test in search, re-estimated 0.481 loss, 84.10 % (official 45.20 %)`. */
export function measuredInSearch(measures: SearchMeasures, method: Method): string {
  const official = measures.reestimated ? ` (${OFFICIAL_SHORT} ${decimalText(measures.test.accuracy, 2)} %)` : '';
  return `test ${searchLabel(measures, method)} ${measured(shownMeasure(measures))}${official}`;
}

/** Greatest number of characters in a cell, because names from files can have any length. */
export const WIDEST_CELL = 64;

/**
 * Formats rows as columns with two spaces between them. Columns of text, by default the first, are flush left; the others are flush right.
 * Cuts the middle of long cells, except in the last column.
 */
export function table(given: readonly (readonly string[])[], textColumns: readonly number[] = [0]): string {
  const rows = given.map((row) =>
    row.map((cell, column) => (column < row.length - 1 ? cutMiddle(oneLine(cell), WIDEST_CELL) : oneLine(cell))),
  );
  const widths = (rows[0] ?? []).map((_, column) => rows.reduce((most, row) => Math.max(most, row[column]!.length), 0));
  const pad = (cell: string, column: number) =>
    textColumns.includes(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!);
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

export function formatRun(run: RunSummary & { pair?: Pair }): string {
  const lines = [`${run.name}: ${run.status}${run.message ? ` (${run.message})` : ''}`, `  ${run.directory}`];
  const { result, warnings = [] } = run;
  for (const warning of warnings) lines.push(`  warning: ${warning}`);
  if (result?.kind === 'train')
    lines.push(`  after full training: test ${measured(result.test)} at sparsity ${percent(result.sparsity.prunable)}`);
  if (result?.kind === 'search') {
    const ticket = path.relative(run.directory, result.checkpoint);
    lines.push(`  ${ticket}: ${percent(result.sparsity.prunable)} of the prunable weights are pruned`);
    const last = run.rounds.at(-1);
    if (last) lines.push(`  ${measuredInSearch(last, run.method)}`);
    if (!hasEmptyLayer(warnings))
      lines.push(
        `  to train this ticket fully: ${command('transfer', result.checkpoint)} --variant retrain --seed ${run.seed}`,
      );
  }
  if (run.pair) lines.push(`  ${run.pair.sentence}`);
  if (result?.kind === 'connectivity') {
    const points = run.ends?.points;
    lines.push(`  ${barrierWords(result, points)}`);
    if (isInterior(result.barrier)) lines.push(`  (${result.barrier.definition})`); // else it defines none of these numbers
    const named = points === undefined ? [] : namedBarriers(result, points);
    for (const barrier of named) lines.push(`  ${namedBarrierWords(barrier)}`);
    lines.push(`  ${result.normalization}; masks ${result.masks}`);
    const note = accuracyNote(result);
    if (note !== undefined) lines.push(`  ${note}`);
  }
  if (result?.kind === 'surface') {
    lines.push('  loss surface on the plane through A, B and C (Garipov et al. 2018)');
    lines.push(`  ${result.normalization}; masks ${result.masks}`);
  }
  if (run.status === 'stopped' || run.status === 'interrupted')
    lines.push(`  to resume: ${command('resume', run.directory)}`);
  return lines.map(oneLine).join('\n');
}

/** Formats a point of a loss surface: `(0.30, 1.20)`, or the name of a checkpoint, `A (0.00, 0.00)`. */
export function placeText({ x, y, end }: Pick<SurfacePoint, 'x' | 'y' | 'end'>): string {
  const place = `(${x.toFixed(2)}, ${y.toFixed(2)})`;
  return end === undefined ? place : `${end.toUpperCase()} ${place}`;
}

/** Formats α, the position on the line from B (0) to A (1), as `0.90`, and the ends as `1.00 (A)` and `0.00 (B)`. */
export function alphaText(alpha: number): string {
  return `${alpha.toFixed(2)}${alpha === 1 ? ' (A)' : alpha === 0 ? ' (B)' : ''}`;
}

/** A run with its differences to the other runs of the list. */
type RunInList = RunSummary & { differs?: readonly Fact[]; sources?: SourceCheckpoint[] };

/** Formats a list of runs. Each run has its path in the folder, because the names of runs may be as short as `1` and `2`. */
export function formatRuns({ runs, problems }: RunList<RunInList>, folder: string): string {
  const nameIn = ({ directory }: { directory: string }) => path.relative(folder, directory) || path.basename(directory);
  const lines = problems.map((problem) => `${nameIn(problem)}: ${problem.message}`);
  if (runs.length === 0) return lines.length > 0 ? lines.join('\n') : oneLine(`no runs in ${folder}`);
  const keptOfRun = keptAmong(runs);
  const rows = runs.map((run) => {
    const kept = keptOfRun(run);
    const sparsity = kept === undefined ? '–' : percent(1 - kept);
    const what = [nameIn(run), run.kind, run.method, run.model, seedText(run), run.status, sparsity, outcomeText(run)];
    return [...what, differencesText(run.differs)];
  });
  const head = ['run', 'kind', 'method', 'model', 'seed', 'status', 'sparsity', 'result', 'differs'];
  const differ = rows.some((row) => row.at(-1) !== '');
  return [
    table(differ ? [head, ...rows] : [head, ...rows].map((row) => row.slice(0, -1)), [0, head.indexOf('differs')]),
    ...(lines.length > 0 ? ['', 'Problems:', ...lines] : []),
  ].join('\n');
}

/** Greatest number of characters of the differences of a run. */
const WIDEST_DIFFERENCES = 48;

/** Facts that say what a run is: what it began with, and from which round. Those of sources come after its own. */
const FIRST = [/^start$/, /^source\.start$/, /^(source\.)?round$/, /\.start$/, /\.round$/];

/** Returns the first differences of a run from the others, and how many more there are: variant, start and round before options. */
function differencesText(differs: readonly Fact[] = []): string {
  const rankOf = ({ name }: Fact) => {
    const rank = FIRST.findIndex((pattern) => pattern.test(name));
    return rank < 0 ? FIRST.length : rank;
  };
  const texts = [...differs].sort((a, b) => rankOf(a) - rankOf(b)).map(factText);
  let shown = 0;
  for (let length = 0; shown < texts.length; shown++) {
    length += texts[shown]!.length + 2;
    if (shown > 0 && length > WIDEST_DIFFERENCES) break;
  }
  const more = texts.length - shown;
  return [...texts.slice(0, shown), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** Returns the test accuracy, or the barrier of a connectivity run. */
function outcomeText({ kind, method, rounds, result, ends }: RunSummary): string {
  if (result?.kind === 'surface') return 'loss surface';
  if (result?.kind === 'connectivity') return barrierLabel(result.barrier, ends?.points);
  const last = rounds.at(-1);
  if (!last) return '–';
  return kind === 'search'
    ? `${decimalText(shownMeasure(last).accuracy, 2)} % ${searchLabel(last, method)}`
    : `${decimalText(last.test.accuracy, 2)} %`;
}

export function formatBackends(reports: readonly BackendReport[]): string {
  return reports
    .map(({ name, usable, device, version, problem, kernels, operations, operationsProblem = '' }) => {
      if (!usable) return `${name}: not usable: ${problem}`;
      if (kernels) return `${name} ${version}: ${device}, with the kernels “${kernels}”`;
      const own = operations
        ? `, with Winning Sign's operations (${operations})`
        : operationsProblem && `. ${operationsProblem}`;
      return `${name} ${version}: ${device}${own}`;
    })
    .join('\n');
}

/** Formats measured speeds: one line for each backend, the fastest first. */
export function formatCalibration({ model, data, batchSize, speeds }: Calibration): string {
  const { height, width, channels } = data;
  const rows = speeds.map(({ name, examplesPerSecond, problem }) => [
    name,
    problem ?? `${Number(examplesPerSecond.toPrecision(3))} examples/s`,
  ]);
  return [
    `${modelLabel(model)}, batch up to ${batchSize} (as much as fits in two seconds), ${height} × ${width} × ${channels}`,
    table(rows),
  ].join('\n');
}

/** Formats the plan of an installation: the files to download with their sources and sizes, and the target folder. */
export function formatPlan({ home, gpu, python, tensorflow, downloads, compiler, tfjsNode }: InstallPlan): string {
  const rows = downloads.map(({ name, version, bytes, url }) => [`  ${name} ${version}`, megabytes(bytes), url]);
  const known = downloads.reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  const unknown = downloads.some(({ bytes }) => bytes === undefined)
    ? ` and TensorFlow's wheels, ${gpu ? 'several GB' : 'some hundred MB'} (pip 23.3 or newer can list files and sizes beforehand)`
    : '';
  return [
    `Installs TensorFlow for Winning Sign in ${home}`,
    tensorflow.inPlace === undefined
      ? `  TensorFlow is chosen by pip ${python.pip} of ${python.path} (Python ${python.version})`
      : `  TensorFlow ${tensorflow.version} of ${python.path} is used in place: ${tensorflow.inPlace}`,
    ...(tfjsNode === undefined ? [] : [`  tfjs-node from ${tfjsNode}`]),
    `  the addon is compiled on this machine with ${compiler}`,
    `Downloads ${megabytes(known)}${unknown}. The hash of each file is checked:`,
    ...rows.map(([name, size, url]) => `${name!.padEnd(40)} ${size!.padStart(9)}  ${url}`),
  ].join('\n');
}

function megabytes(bytes: number | undefined): string {
  if (bytes === undefined) return 'unknown';
  return bytes < 1e6 ? `${(bytes / 1e6).toFixed(2)} MB` : `${(bytes / 1e6).toFixed(0)} MB`;
}

export function formatChecks(checks: readonly DoctorCheck[]): string {
  return checks
    .map((check) => `${markOf(check)} ${check.name}: ${check.detail}${check.remedy ? `\n    ${check.remedy}` : ''}`)
    .join('\n');
}

/** Returns `ok`, `!!` for a failed check, or `--` if something is missing that is not needed. */
function markOf({ ok, optional }: DoctorCheck): string {
  if (optional) return '-- ';
  return ok ? 'ok ' : '!! ';
}
