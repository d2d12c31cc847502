/**
 * The filter of a table of runs: words, and conditions such as `method:aws`, `accuracy>84`, `tag:paper` and `-status:failed`. All of them
 * must be true. Pure.
 */
import type { CellValue, RunColumn } from './runColumns';
import type { ListedRun } from './runRelations';

export interface RunFilter {
  accepts: (run: ListedRun) => boolean;
  /** Words of the filter that look like a condition but cannot be used, each with the reason. They accept every run. */
  problems: FilterProblem[];
}

export interface FilterProblem {
  /** The wrong name of a column, for a suggestion. */
  column?: string;
  message: string;
}

type Test = (run: ListedRun) => boolean;

/** A word, or a text in quotes, which may follow a condition: `note:"too low"`. */
const TOKEN = /(?:[^\s"]|"[^"]*"?)+/gu;
const CONDITION = /^([\p{L}][\p{L}\d._-]*?)(>=|<=|!=|>|<|=|:)(.*)$/u;
/** Other names of columns. */
const ALSO: Readonly<Record<string, string>> = {
  tag: 'tags',
  starred: 'star',
  notes: 'note',
  seeds: 'seed',
  is: 'status',
};
/** The columns that a word without a column is looked for in. */
const SEARCHED: readonly string[] = [
  'name',
  'study',
  'status',
  'method',
  'done',
  'model',
  'dataset',
  'source',
  'tags',
  'note',
];

/**
 * Parses a filter for a table with these columns, of which some may be hidden. A condition without a value accepts every run while the user
 * is still typing, and is a problem if the filter is complete.
 */
export function parseFilter(text: string, columns: readonly RunColumn[], isComplete = false): RunFilter {
  const byId = new Map(columns.map((column) => [column.id.toLowerCase(), column]));
  const searched = columns.filter(({ id }) => SEARCHED.includes(id));
  const problems: FilterProblem[] = [];
  const tests = (text.match(TOKEN) ?? []).flatMap((token): Test[] => {
    const isNegative = /^[-!]./u.test(token);
    const word = isNegative ? token.slice(1) : token;
    const test = testOf(word, byId, searched);
    const isOpen = isComplete && bare(CONDITION.exec(word)?.[3] ?? '-') === '';
    if (typeof test !== 'function') problems.push(test);
    else if (isOpen) problems.push({ message: `“${token}” has no value. Write one after it, without a space.` });
    else return [isNegative ? (run) => !test(run) : test];
    return [];
  });
  return { accepts: (run) => tests.every((test) => test(run)), problems };
}

function testOf(
  token: string,
  byId: ReadonlyMap<string, RunColumn>,
  searched: readonly RunColumn[],
): Test | FilterProblem {
  const [, name = '', operator = '', value = ''] = CONDITION.exec(token) ?? [];
  if (operator === '') {
    const wanted = bare(token).toLowerCase();
    return (run) => searched.some((column) => textOf(column, run).toLowerCase().includes(wanted));
  }
  const column = byId.get((ALSO[name.toLowerCase()] ?? name).toLowerCase());
  if (!column) return { column: name, message: `There is no column “${name}”.` };
  if (bare(value) === '') return () => true; // the user is still typing
  return operator === ':' || operator === '=' || operator === '!='
    ? among(column, operator, value)
    : ordered(column, operator, value);
}

/** Tests for one of several values, which are separated by commas. `:` finds a part of a text. */
function among(column: RunColumn, operator: string, value: string): Test {
  const tests = value.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/u).map((one) => equals(column, bare(one), operator === ':'));
  const test: Test = (run) => tests.some((one) => one(run));
  return operator === '!=' ? (run) => !test(run) : test;
}

function equals(column: RunColumn, wanted: string, isPart: boolean): Test {
  const text = wanted.toLowerCase();
  if (text === 'none') return (run) => column.value(run) === undefined;
  if (column.id === 'star') return (run) => (column.value(run) !== undefined) === !/^(no|false|0)$/u.test(text);
  const number = numberIn(wanted, column);
  return (run) => {
    const value = column.value(run);
    if (value === undefined) return false;
    if (typeof value === 'number')
      return number === undefined ? shown(column, run).includes(text) : value === number || shown(column, run) === text;
    return isPart ? value.toLowerCase().includes(text) : value.toLowerCase() === text;
  };
}

/** Returns the text of a cell without its unit. */
function shown(column: RunColumn, run: ListedRun): string {
  return column.text(run).replace(/ %$/u, '').toLowerCase();
}

const ORDERS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '>': (a, b) => a > b,
  '<': (a, b) => a < b,
  '>=': (a, b) => a >= b,
  '<=': (a, b) => a <= b,
};

function ordered(column: RunColumn, operator: string, value: string): Test | FilterProblem {
  const limit = numberIn(bare(value), column);
  const order = ORDERS[operator]!;
  if (!column.numeric)
    return { message: `“${column.id}” is text, so it cannot be compared with ${operator}. Use ${column.id}:${value}.` };
  if (limit === undefined) return { message: `“${value}” is not ${column.unit === 'time' ? 'a date' : 'a number'}.` };
  return (run) => {
    const found = column.value(run);
    return typeof found === 'number' && order(found, limit);
  };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, min: 60, m: 60, h: 3600, d: 86_400 };

/** Returns the number that a user typed for a column: with `%`, a duration such as `90min`, or a date such as `2026-11-29`. */
function numberIn(text: string, { unit }: RunColumn): number | undefined {
  if (unit === 'time') {
    const time = Date.parse(/^\d{4}-\d{2}-\d{2}$/u.test(text) ? `${text}T00:00` : text);
    return Number.isNaN(time) ? undefined : time;
  }
  const [, digits, suffix = ''] = /^([-−+]?[\d.]+(?:e[-+]?\d+)?)\s*(%|s|min|m|h|d)?$/iu.exec(text) ?? [];
  const number = Number(digits?.replace('−', '-'));
  if (digits === undefined || Number.isNaN(number)) return undefined;
  return unit === 'seconds' ? number * (SECONDS[suffix] ?? 1) : number;
}

function bare(text: string): string {
  return text.replaceAll('"', '');
}

function textOf(column: RunColumn, run: ListedRun): string {
  const value: CellValue = column.value(run);
  return value === undefined ? '' : String(value);
}
