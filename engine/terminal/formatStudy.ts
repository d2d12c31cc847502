/** Formats plans and tables of studies. */
import { bytesText, duration } from '../vocabulary/numbers';
import { caption, cellText } from '../vocabulary/studyCells';
import type { StudyPlan, StudyTable } from '../vocabulary/study';
import type { ReadStudy } from '../studies/studyFile';
import { findingsOf } from '../vocabulary/studyFindings';
import { table } from './format';

/** Number of failed runs that a plan names. */
const MOST_FAILURES = 5;

/** Formats a plan: the numbers of the whole, and a row for each node. */
export function studyLines(
  { name, study }: ReadStudy,
  { runs, existing, epochs, seconds, bytes, nodes }: StudyPlan,
): string {
  const names = [...new Set(nodes.map(({ node }) => node))];
  const failures = nodes.filter(({ message }) => message !== undefined).slice(0, MOST_FAILURES);
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
    '',
    `${runs} runs, ${existing} of them ended. To do: ${epochs} epochs${time}. Disk: ${bytesText(bytes)} ${study.keep === undefined || study.keep === 'all' ? 'in all' : `remain in the end ("keep": "${study.keep}")`}.`,
  ].join('\n');
}

/** Formats a table of a study. */
export function tableLines(shown: StudyTable): string[] {
  const { columns, rows, baseline } = shown;
  const heading = `${caption(shown)}.`;
  if (rows.length === 0) return [heading, 'No run has a result yet.'];
  return [
    heading,
    table([
      ['', ...columns],
      ...rows.map(({ label, cells }) => [label, ...cells.map((cell) => cellText(cell, shown))]),
    ]),
    ...(baseline ? [`${baseline.node}: ${cellText(baseline.cell, shown)}`] : []),
    ...findingsOf(shown),
  ];
}
