import * as path from 'node:path';
import * as vscode from 'vscode';
import { duration, percent, significant } from '../engine/vocabulary/numbers';
import { STATUS_LOOKS } from '../engine/vocabulary/looks';
import { nextStep } from '../engine/vocabulary/runStatus';
import { OFFICIAL, officialCaveat, REESTIMATED, type SearchMeasures } from '../engine/vocabulary/searchAccuracy';
import type { ListedRun, Measured, RunSummary } from '../engine/protocol';
import type { RunNode } from './runNodes';
import { idOf } from './runNodes';
import { workspaceNameOf } from './settings';
import { identity, roundFigures, standing, roundName } from './words';

/** Information that the row of a run shows in addition to its summary. */
export interface Shown {
  color: vscode.ThemeColor;
  /** The reason why the summary is not up to date. */
  problem?: string | undefined;
}

const WARNING = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

/** Makes the row of a run: its progress or result, in its colour. */
export function runItem(run: ListedRun, { color, problem }: Shown): vscode.TreeItem {
  const item = new vscode.TreeItem(run.name, vscode.TreeItemCollapsibleState.Collapsed);
  if (run.kind === 'connectivity') item.collapsibleState = vscode.TreeItemCollapsibleState.None;
  item.id = run.directory;
  item.description = [workspaceNameOf(run.directory), standing(run)].filter(Boolean).join(' · ');
  item.iconPath = problem === undefined ? new vscode.ThemeIcon(STATUS_LOOKS[run.status].icon, color) : WARNING;
  item.contextValue = `run.${run.kind}.${nextStep(run)}`;
  item.tooltip = tooltipOf(run, problem);
  item.command = { command: 'winningSign.openRun', title: 'Open Run', arguments: [run.directory] };
  const label = [run.name, identity(run), standing(run), ...(problem === undefined ? [] : [problem])].join(', ');
  item.accessibilityInformation = { label };
  return item;
}

/** Makes the row of a run that cannot be read. Its tooltip says why. */
export function unreadableItem(directory: string, problem: string): vscode.TreeItem {
  const item = new vscode.TreeItem(path.basename(directory));
  item.id = `unreadable:${directory}`;
  item.description = [workspaceNameOf(directory), 'cannot be read'].filter(Boolean).join(' · ');
  item.iconPath = WARNING;
  item.contextValue = 'unreadable';
  item.tooltip = [problem, directory].join('\n\n');
  item.accessibilityInformation = { label: `${path.basename(directory)} cannot be read: ${problem}` };
  return item;
}

/** Makes the row of a round, with sparsity and test accuracy. The tooltip has the re-estimated and the official accuracy. */
export function roundItem(node: RunNode & { kind: 'round' }, run: RunSummary, made: boolean): vscode.TreeItem {
  const item = new vscode.TreeItem(roundName(node.round, run), vscode.TreeItemCollapsibleState.Collapsed);
  const round = run.rounds.find((candidate) => candidate.round === node.round);
  item.id = idOf(node);
  item.contextValue = 'round';
  item.iconPath = new vscode.ThemeIcon(made ? 'git-branch' : 'layers');
  if (!round) return item;
  const { sparsity } = round;
  item.description = roundFigures(round, run);
  const tooltip = titled(`Round ${node.round} of `, run.name);
  const lines = [
    `Pruned: ${percent(sparsity.prunable)} of the prunable weights, ${percent(sparsity.all)} of all parameters`,
    ...(run.kind === 'search' ? searchLines(round, run) : [`Test accuracy ${valuesOf(round.test)}`]),
  ];
  for (const line of lines) tooltip.appendMarkdown(`\n\n${line}`);
  item.tooltip = tooltip;
  return item;
}

function searchLines(round: SearchMeasures, { method }: RunSummary): string[] {
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

/** Makes the row of a checkpoint, which opens in the checkpoint editor. */
export function checkpointItem(node: RunNode & { kind: 'checkpoint' }): vscode.TreeItem {
  const item = new vscode.TreeItem(node.label);
  item.id = idOf(node);
  item.contextValue = 'checkpoint';
  item.iconPath = new vscode.ThemeIcon('symbol-array');
  item.tooltip = node.file;
  item.command = { command: 'winningSign.openCheckpoint', title: 'Open Checkpoint', arguments: [node.file] };
  return item;
}

/** Makes the row of a run that started from a checkpoint of another run. The row is below the round of that checkpoint. */
export function derivedItem(node: RunNode & { kind: 'derived' }, run: ListedRun, shown: Shown) {
  const item = runItem(run, shown);
  item.id = idOf(node);
  item.collapsibleState = vscode.TreeItemCollapsibleState.None;
  return item;
}

function tooltipOf(run: ListedRun, problem: string | undefined): vscode.MarkdownString {
  const { progress, backend } = run;
  const lines = [
    ...(problem === undefined ? [] : [problem]),
    identity(run),
    ...(run.message ? [run.message] : []),
    ...(progress?.secondsLeft === undefined ? [] : [`${duration(progress.secondsLeft)} left`]),
    ...(backend ? [`${backend.name}, ${backend.device}${backend.reason && `: ${backend.reason}`}`] : []),
    ...run.sources.map(({ label }) => `from ${label}`),
    run.directory,
  ];
  const text = titled('', run.name).appendMarkdown(` ${standing(run)}`);
  for (const line of lines) text.appendMarkdown('\n\n').appendText(line);
  return text;
}

/** Returns a tooltip with a title in bold. The name is added as plain text, so Markdown in it has no effect. */
function titled(words: string, name: string): vscode.MarkdownString {
  return new vscode.MarkdownString().appendMarkdown(`**${words}`).appendText(name).appendMarkdown('**');
}
