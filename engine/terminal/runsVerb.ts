/** The verb `runs`: lists the runs below a folder, as a table that can be filtered, sorted and grouped. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { didYouMean } from '../nearest';
import { listRuns } from '../runs/catalogue';
import { RUNS_FOLDER } from '../runs/paths';
import { exportTable, type DataTable } from '../vocabulary/dataTable';
import { runColumns, type RunColumn } from '../vocabulary/runColumns';
import { parseFilter } from '../vocabulary/runFilter';
import { groupCell, groupCount, groupRuns, groupsData } from '../vocabulary/runGroups';
import { isMovedAside } from '../vocabulary/movedAside';
import type { ListedRun } from '../vocabulary/runRelations';
import type { RunList } from '../vocabulary/runSummary';
import { runsData, shownColumns, sortRuns, type SortBy } from '../vocabulary/runTable';
import { tableFormatNamed } from '../vocabulary/tableFormats';
import { meanText } from '../vocabulary/statistics';
import { formatRuns, table } from './format';
import { summaryDocument } from './runDocument';
import { isFolder } from './runArguments';
import { oneOf, type Arguments, type Verb } from './verb';

const FORMATS = ['text', 'csv', 'markdown'] as const;

export const runsVerb: Verb = {
  usage:
    'runs [DIR] [--only-different] [--columns NAMES] [--filter TEXT] [--sort NAMES] [--group NAME] [--format FORMAT]',
  summary: `list the runs below a folder (default ${RUNS_FOLDER})`,
  positionals: [0, 1],
  options: {
    columns: 'columns to show, separated by commas: name, accuracy, learningRate, model.widths, …',
    filter: 'runs to list: words and conditions, for example "method:aws accuracy>84 tag:paper -status:failed"',
    sort: 'columns that decide the order, for example accuracy:desc,name',
    group: 'column to group by; shows mean ± standard deviation of each group',
    format: `how to print the table: ${FORMATS.join(', ')}`,
  },
  flags: { 'only-different': 'shows the results, and the columns in which the runs differ, each option by itself' },
  run: async (args) => {
    const { folder, list } = await listIn(args.positionals[0]);
    const columns = runColumns(list.runs, (run) => nameIn(folder, run));
    const { filter = '', sort } = args.text;
    const runs = sortRuns(
      accepted(list.runs, filter, columns),
      columns,
      sort === undefined ? [] : sortsIn(sort, columns),
    );
    if (args.json && (args.text['group'] ?? args.text['format']) !== undefined)
      throw new UserError('--group and --format are for tables. Leave them out, or leave out --json.');
    const isNone = runs.length === 0 && list.runs.length > 0;
    const text = isNone ? noneText(list, filter, columns) : textOf({ ...list, runs }, { folder, columns, args });
    return { json: { runs: runs.map(summaryDocument), problems: list.problems }, text };
  },
};

/** Says that a filter accepts none of the runs. Percentages are often given as fractions, as in files. */
function noneText({ runs, problems }: RunList<ListedRun>, filter: string, columns: readonly RunColumn[]): string {
  const hints = [...filter.matchAll(/([\p{L}][\p{L}\d._]*)(>=|<=|!=|>|<|=|:)(0?\.\d+)(?![\d.%])/gu)].flatMap(
    ([, name = '', operator = '', value = '']) => {
      const isPercent = columns.some(({ id, unit }) => id.toLowerCase() === name.toLowerCase() && unit === '%');
      const percents = Number((100 * Number(value)).toPrecision(6));
      return isPercent ? [`“${name}” is in percent: for ${percents} % write ${name}${operator}${percents}.`] : [];
    },
  );
  const whole = `none of ${runs.length} ${runs.length === 1 ? 'run' : 'runs'} matches`;
  return [...problems.map(({ directory, message }) => `${directory}: ${message}`), whole, ...hints].join('\n');
}

async function listIn(given: string | undefined): Promise<{ folder: string; list: RunList<ListedRun> }> {
  const folder = path.resolve(given ?? RUNS_FOLDER);
  if (given !== undefined && !existsSync(folder)) throw new UserError(`${folder}: folder not found. Check the path.`);
  if (existsSync(folder) && !isFolder(folder)) throw new UserError(`${folder} is a file. Name a folder of runs.`);
  return { folder, list: await listRuns(folder) };
}

function nameIn(folder: string, { directory }: Pick<ListedRun, 'directory'>): string {
  return path.relative(folder, directory) || path.basename(directory);
}

function accepted(runs: readonly ListedRun[], filter: string, columns: readonly RunColumn[]): ListedRun[] {
  const { accepts, problems } = parseFilter(filter, columns, true);
  const [problem] = problems;
  if (problem) throw new UserError(`--filter: ${problem.message}${suggestion(problem.column, columns)}`);
  return runs.filter(accepts);
}

function suggestion(name: string | undefined, columns: readonly RunColumn[]): string {
  if (name === undefined) return '';
  const known = columns.map(({ id }) => id);
  return `${didYouMean(name, known)} The columns are ${known.join(', ')}.`;
}

function columnNamed(name: string, option: string, columns: readonly RunColumn[]): RunColumn {
  const found = columns.find(({ id }) => id.toLowerCase() === name.toLowerCase());
  if (!found) throw new UserError(`--${option}: there is no column “${name}”.${suggestion(name, columns)}`);
  return found;
}

/** Parses `accuracy:desc,name`. */
function sortsIn(text: string, columns: readonly RunColumn[]): SortBy[] {
  return text.split(',').map((part) => {
    const [name = '', direction = 'asc'] = part.split(':');
    const column = columnNamed(name.trim(), 'sort', columns).id;
    return { column, descending: oneOf('sort', direction, ['asc', 'desc']) === 'desc' };
  });
}

interface Shown {
  folder: string;
  columns: readonly RunColumn[];
  args: Arguments;
}

function textOf(list: RunList<ListedRun>, { folder, columns, args: { text, flags } }: Shown): string {
  const format = oneOf('format', tableFormatNamed(text['format'] ?? 'text'), FORMATS);
  const isTable =
    flags['only-different'] === true || ['columns', 'group', 'format'].some((name) => text[name] !== undefined);
  if (!isTable || list.runs.length === 0) return formatRuns(list, folder);
  const names = text['columns']?.split(',').map((name) => columnNamed(name.trim(), 'columns', columns));
  const isWorthIt = ({ id }: RunColumn) => id !== 'star' || list.runs.some(({ notes }) => notes?.star);
  const shown = names ?? shownColumns(columns, list.runs).filter(isWorthIt);
  if (text['group'] !== undefined)
    return groupsText(list.runs, { by: columnNamed(text['group'], 'group', columns), shown, all: columns }, format);
  if (format === 'text') return runsText(list.runs, shown);
  const data = runsData(list.runs, { shown, all: columns, asText: format === 'markdown' });
  return exportedText(format, data);
}

function runsText(runs: readonly ListedRun[], shown: readonly RunColumn[]): string {
  const rows = runs.map((run) => shown.map((column) => column.text(run) || '–'));
  return table([shown.map(({ title }) => title), ...rows], textColumnsOf(shown, 0));
}

interface Grouping {
  by: RunColumn;
  shown: readonly RunColumn[];
  all: readonly RunColumn[];
}

/** Returns the groups as a table. Runs that were moved aside are no part of it; text says how many there are. */
function groupsText(
  given: readonly ListedRun[],
  { by, shown, all }: Grouping,
  format: (typeof FORMATS)[number],
): string {
  const runs = given.filter(({ name }) => !isMovedAside(name));
  const groups = groupRuns(runs, by);
  if (format === 'csv') return exportedText(format, groupsData(groups, { by, shown, all }));
  const columns = shown.filter((column) => column !== by && groups.some((group) => groupCell(column, group.runs)));
  const counts = groups.map((group) => groupCount(all, group.runs));
  const hasOthers = counts.some(({ others }) => others !== '');
  const rows = groups.map((group, place) => {
    const { n, others } = counts[place]!;
    const cells = columns.map((column) => groupText(column, { runs: group.runs, n }));
    return [group.label, String(n), ...(hasOthers ? [others || '–'] : []), ...cells];
  });
  const head = [by.title, 'n', ...(hasOthers ? ['not counted'] : []), ...columns.map(({ title }) => title)];
  if (format === 'markdown') return exportedText(format, { columns: head, rows });
  const front = hasOthers ? 3 : 2;
  const aside = given.length - runs.length;
  const notes = [
    ...(columns.some(({ id }) => id === 'gap') ? [GAP_NOTE] : []),
    ...(aside > 0
      ? [`Left out: ${aside} ${aside === 1 ? 'run that was' : 'runs that were'} moved aside before a retry.`]
      : []),
  ];
  return [table([head, ...rows], [0, ...(hasOthers ? [2] : []), ...textColumnsOf(columns, front)]), ...notes].join(
    '\n',
  );
}

const GAP_NOTE =
  'gap to dense: mean ± sample standard deviation of the differences between runs with equal seeds; without ±, there is one pair, or there are no equal seeds.';

function groupText(column: RunColumn, { runs, n }: { runs: readonly ListedRun[]; n: number }): string {
  const cell = groupCell(column, runs);
  if (!cell) return '–';
  if (cell.kind === 'same') return cell.text;
  return `${meanText(cell)}${cell.n === n ? '' : ` n=${cell.n}`}`;
}

function exportedText(format: 'csv' | 'markdown', data: DataTable): string {
  return exportTable(format, data).replaceAll('\r\n', '\n').trimEnd();
}

function textColumnsOf(columns: readonly RunColumn[], from: number): number[] {
  return columns.flatMap(({ numeric }, place) => (numeric ? [] : [place + from]));
}
