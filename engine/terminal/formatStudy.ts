/** Formats plans and tables of studies. */
import { groupBy } from '../vocabulary/groupBy';
import { bytesText, duration } from '../vocabulary/numbers';
import { baselineText, caption, cellText, commonCount } from '../vocabulary/studyCells';
import type { StudyPlan, StudyTable } from '../vocabulary/study';
import { countsOf, countsText } from '../vocabulary/studyCounts';
import type { RunState } from '../studies/states';
import type { ReadStudy } from '../studies/studyFile';
import { findingsOf } from '../vocabulary/studyFindings';
import { valueLabel } from '../vocabulary/studyLines';
import { emptyText, rowLabel } from '../vocabulary/tableWords';
import { table } from './format';

/** Number of failed runs that a plan names. */
const MOST_FAILURES = 5;

/** Formats a plan: the numbers of the whole, and a row for each node. `changes` are lines about a changed study file. */
export function studyLines(
  { name, study }: ReadStudy,
  { runs, existing, epochs, seconds, bytes, nodes, notes = [] }: StudyPlan,
  changes: readonly string[],
): string {
  const names = [...new Set(nodes.map(({ node }) => node))];
  const conflicts = nodes.filter(({ conflict }) => conflict !== undefined).length;
  const failed = nodes.filter(({ message, conflict }) => message !== undefined && conflict === undefined);
  const failures = failed.slice(0, MOST_FAILURES);
  const rows = names.map((node) => {
    const own = nodes.filter((one) => one.node === node);
    const ended = own.filter(({ status }) => status === 'done' || status === 'diverged').length;
    const left = own.reduce((sum, one) => sum + one.epochs, 0);
    return [node, own[0]!.kind, String(own.length), String(ended), String(left), own[0]!.name];
  });
  const time = seconds === undefined ? '' : `, about ${duration(seconds)}`;
  return [
    ...(study.question === undefined ? [] : [`${name}: ${study.question}`]),
    table([['node', 'kind', 'runs', 'ended', 'epochs left', 'first run'], ...rows]),
    ...failures.map(({ name: run, message }) => `${run}: ${message}`),
    ...(failed.length > failures.length ? [`and ${failed.length - failures.length} more with a problem.`] : []),
    ...changes,
    ...notes,
    '',
    `${runs} ${runs === 1 ? 'run' : 'runs'}, ${existing} of them ended${conflicts > 0 ? `, ${conflicts} made with other settings` : ''}. To do: ${epochs} ${epochs === 1 ? 'epoch' : 'epochs'}${time}. Disk: ${bytesText(bytes)} ${study.keep === undefined || study.keep === 'all' ? 'in all' : `remain in the end ("keep": "${study.keep}")`}.`,
  ].join('\n');
}

/** Formats a table of a study. */
export function tableLines(shown: StudyTable): string[] {
  const { columns, rows } = shown;
  const below = baselineText(shown);
  const options = { ...shown, count: commonCount(shown) };
  const heading = `${caption(shown)}.`;
  if (rows.length === 0)
    return [`${shown.title ?? shown.name}.`, emptyText(shown), ...(below === undefined ? [] : [below])];
  return [
    heading,
    table([
      ['', ...columns.map(valueLabel)],
      ...rows.map(({ label, cells }) => [rowLabel(label), ...cells.map((cell) => cellText(cell, options))]),
    ]),
    ...(below === undefined ? [] : [below]),
    ...findingsOf(shown),
  ];
}

/** Formats the numbers of runs. Runs that were made with other settings have not failed themselves. */
export function runsText(states: readonly Pick<RunState, 'status' | 'conflict'>[], subject = 'Runs'): string {
  const conflicts = states.filter(({ conflict }) => conflict !== undefined).length;
  const counts = countsText(countsOf(states.filter(({ conflict }) => conflict === undefined)));
  const kept = conflicts === 0 ? [] : [`${conflicts} made with other settings`];
  return `${subject}: ${[...(counts === '' ? [] : [counts]), ...kept].join(', ')}.`;
}

/** Returns a sentence for each diverged run that others wait for. */
export function blockedTexts(states: readonly RunState[]): string[] {
  const waiting = states.filter(({ status: now }) => now === 'waiting').flatMap(({ run }) => [...new Set(run.needs)]);
  const needed = groupBy(waiting, (name) => name);
  return states
    .filter(({ status: now }) => now === 'diverged')
    .flatMap(({ run: { name } }) => {
      const count = needed.get(name)?.length ?? 0;
      return count === 0
        ? []
        : [`${count} ${count === 1 ? 'run needs' : 'runs need'} a checkpoint of ${name}, which diverged.`];
    });
}
