/** Says in sentences whether means differ from a baseline, by a paired t test where there are enough pairs. */
import { areEqual, FEWEST_PAIRS, pairedP, SIGNIFICANT } from './pairedTest';
import type { TableCellJson } from './study';
import { valueLabel } from './studyLines';

/** What the test says about a cell, and the text in parentheses behind its name. */
interface Tested {
  verdict: 'too few' | 'equal' | 'different' | 'not different';
  name: string;
  text: string;
}

/**
 * Returns sentences about the cells of a row that have a difference from the baseline, which each begin with a space. For example,
 * “ Not different at this scale (paired t test, p = 0.42).” Two pairs are too few to call anything different or not.
 */
export function comparisonWords(cells: readonly (TableCellJson | null)[], columns: readonly string[]): string {
  const tested = cells.flatMap((cell, i) => testedCell(cell, valueLabel(columns[i]!)) ?? []);
  const only = (verdict: Tested['verdict']) => tested.filter((one) => one.verdict === verdict);
  return [
    ...byTest(only('different'), only('not different'), tested.length),
    ...sentence(only('too few'), tested, {
      alone: (pairs) => `Too few seeds to say whether anything differs: ${pairs}, and a test needs ${FEWEST_PAIRS}.`,
      named: (list) => `Too few seeds to say (a test needs ${FEWEST_PAIRS} pairs): ${list}.`,
    }),
    ...sentence(only('equal'), tested, {
      alone: (pairs) => `There is no test, because all paired differences are equal (${pairs}).`,
      named: (list, count) =>
        `No test for ${list}: all ${count === 1 ? 'its paired differences' : 'paired differences of each'} are equal.`,
    }),
  ]
    .map((text) => ` ${text}`)
    .join('');
}

function testedCell(cell: TableCellJson | null, name: string): Tested | undefined {
  if (!cell?.difference || cell.n === 0) return undefined;
  const { difference, n } = cell;
  const pairs = `${difference.n} ${difference.n === 1 ? 'pair' : 'pairs'}`;
  if (difference.n < FEWEST_PAIRS) return { verdict: 'too few', name, text: pairs };
  if (areEqual(difference)) return { verdict: 'equal', name, text: pairs };
  const p = pairedP(difference);
  if (p === undefined) return undefined;
  const text = `${difference.n === n ? '' : `${pairs}, `}${pText(p)}`; // several values may belong to one pair
  return { verdict: p < SIGNIFICANT ? 'different' : 'not different', name, text };
}

/** Names the cells if others have another verdict. `count` is the number of all cells. */
function byTest(different: readonly Tested[], same: readonly Tested[], count: number): string[] {
  const numbers = (ones: readonly Tested[]) => ones.map(({ text }) => text).join(', ');
  if (different.length === count && count > 0) return [`Different (paired t test, ${numbers(different)}).`];
  if (same.length === count && count > 0) return [`Not different at this scale (paired t test, ${numbers(same)}).`];
  const [first, second] = [different.length > 0, same.length > 0];
  const by = ' by a paired t test';
  const text = [
    ...(first ? [`Different${by}: ${named(different)}.`] : []),
    ...(second ? [`Not different at this scale${first ? '' : by}: ${named(same)}.`] : []),
  ].join(' ');
  return text === '' ? [] : [text];
}

/** Names the cells only if others have another verdict, or other pairs. */
function sentence(
  ones: readonly Tested[],
  all: readonly Tested[],
  words: { alone: (pairs: string) => string; named: (list: string, count: number) => string },
): string[] {
  const [first] = ones;
  if (!first) return [];
  const isAlone = ones.length === all.length && ones.every(({ text }) => text === first.text);
  return [isAlone ? words.alone(first.text) : words.named(named(ones), ones.length)];
}

function named(ones: readonly Tested[]): string {
  return ones.map(({ name, text }) => `${name} (${text})`).join(', ');
}

function pText(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toPrecision(2)}`;
}
