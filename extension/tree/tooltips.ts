/** The tooltips of rows. */
import * as vscode from 'vscode';
import type { ListedRun, Measured } from '../../engine/protocol';
import { backendText } from '../../engine/vocabulary/backendWords';
import { duration, percent, significant } from '../../engine/vocabulary/numbers';
import { OFFICIAL, officialCaveat, REESTIMATED, type SearchMeasures } from '../../engine/vocabulary/searchAccuracy';
import { jobsLine } from '../../engine/vocabulary/studyCounts';
import { identity, standing } from '../words';
import type { Row, RoundRow } from './rows';

/** Returns the tooltip of a row. Names from files are added as plain text, so Markdown in them has no effect. */
export function tooltipOf(row: Row): vscode.MarkdownString | string | undefined {
  switch (row.kind) {
    case 'study':
      return [
        ...[row.problem, row.summary?.slurmProblem, row.summary?.question],
        ...(row.summary?.slurmJobs ? [jobsLine(row.summary.slurmJobs)] : []),
        row.file ?? row.folder,
      ]
        .filter(Boolean)
        .join('\n\n');
    case 'run':
      return tooltipOfRun(row.run, row.problem);
    case 'seeds':
      return row.runs.map((run) => `${run.name}: ${standing(run)}`).join('\n');
    case 'round':
      return tooltipOfRound(row);
    case 'checkpoint':
      return row.file;
    case 'unreadable':
      return [row.problem, row.directory].join('\n\n');
  }
}

function tooltipOfRun(run: ListedRun, problem: string | undefined): vscode.MarkdownString {
  const { progress, backend } = run;
  const lines = [
    ...(problem === undefined ? [] : [problem]),
    identity(run),
    ...(run.message ? [run.message] : []),
    ...(progress?.secondsLeft === undefined ? [] : [`${duration(progress.secondsLeft)} left`]),
    ...(backend ? [`${backendText(backend)}${backend.reason && `: ${backend.reason}`}`] : []),
    ...(run.pair ? [run.pair.sentence] : []),
    ...run.sources.map(({ label }) => `from ${label}`),
    run.directory,
  ];
  const text = titled('', run.name).appendMarkdown(` ${standing(run)}`);
  for (const line of lines) text.appendMarkdown('\n\n').appendText(line);
  return text;
}

function tooltipOfRound({ run, round: number }: RoundRow): vscode.MarkdownString {
  const tooltip = titled(`Round ${number} of `, run.name);
  const round = run.rounds.find((candidate) => candidate.round === number);
  if (!round) return tooltip;
  const { prunable, all } = round.sparsity;
  const lines = [
    `Kept: ${percent(1 - prunable)} of the prunable weights, ${percent(1 - all)} of all parameters`,
    ...searchLines(round, run),
  ];
  for (const line of lines) tooltip.appendMarkdown(`\n\n${line}`);
  return tooltip;
}

function searchLines(round: SearchMeasures, { method }: ListedRun): string[] {
  const { test, reestimated } = round;
  const caveat = officialCaveat(method, reestimated !== undefined);
  const official = [`Test accuracy during the search, ${OFFICIAL}: ${valuesOf(test)}.`, caveat]
    .filter(Boolean)
    .join(' ');
  return reestimated
    ? [`Test accuracy during the search, ${REESTIMATED}: ${valuesOf(reestimated)}.`, official]
    : [official];
}

function valuesOf({ accuracy, loss }: Measured): string {
  return `${significant(accuracy)} %, loss ${significant(loss)}`;
}

function titled(words: string, name: string): vscode.MarkdownString {
  return new vscode.MarkdownString().appendMarkdown(`**${words}`).appendText(name).appendMarkdown('**');
}
