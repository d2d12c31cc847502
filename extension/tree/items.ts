/** Draws rows of the tree as items of VS Code. */
import * as vscode from 'vscode';
import { DONE_LOOKS, METHOD_LOOKS, STATUS_LOOKS, type Done } from '../../engine/vocabulary/looks';
import type { Method } from '../../engine/vocabulary/runOptions';
import type { StudyStatus } from '../../engine/vocabulary/study';
import { workspaceNameOf } from '../settings';
import { contextOf, statusOf, unfolds } from './looks';
import type { Row, RunRow, SeedsRow } from './rows';

const WARNING = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));

/** Codicons for the marks of charts. A search has the mark of its rounds only there. */
const MARKS: Readonly<Record<Done, string>> = {
  search: 'circle-filled',
  training: 'dash',
  retrain: 'circle-filled',
  'signed-mask': 'debug-breakpoint-log',
  'mask-only': 'debug-breakpoint-log-unverified',
  'psi-kept': 'triangle-up',
  'random-signs': 'close',
  'random-signed-mask': 'add',
  'random-magnitudes': 'primitive-square',
  'initial-signs': 'triangle-down',
  'source-magnitudes': 'star-full',
  'source-magnitudes-random-signs': 'star-empty',
};
const MEASUREMENT = 'arrow-both';
const ROUND = 'circle-outline';

/** Makes the item of a row. Its tooltip is made when it is asked for. */
export function itemOf(row: Row): vscode.TreeItem {
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(row.label, unfolds(row) ? Collapsed : None);
  item.id = row.id;
  item.description = descriptionOf(row);
  const icon = iconOf(row);
  if (icon) item.iconPath = icon;
  item.contextValue = contextOf(row);
  const command = commandOf(row);
  if (command) item.command = command;
  item.accessibilityInformation = { label: spoken(row) };
  return item;
}

/** Returns the figures, after the name of the workspace folder at the top of a window with several folders. */
function descriptionOf(row: Row): string {
  const directory = row.kind === 'run' ? row.run.directory : row.kind === 'unreadable' ? row.directory : undefined;
  const isAtTop = row.kind === 'unreadable' || (row.kind === 'run' && row.label === row.run.name);
  const folder = row.kind === 'study' ? row.folder : isAtTop ? directory : undefined;
  return [folder === undefined ? undefined : workspaceNameOf(folder), row.figures].filter(Boolean).join(' · ');
}

/** Returns the mark of what was done, in the hue of the method. A run that is not done has the icon of its status instead. */
function iconOf(row: Row): vscode.ThemeIcon | undefined {
  switch (row.kind) {
    case 'study':
      if (row.problem !== undefined || row.summary?.slurmProblem !== undefined) return WARNING;
      return new vscode.ThemeIcon(row.status === 'running' ? STATUS_LOOKS.running.icon : 'beaker');
    case 'run':
    case 'seeds':
      if (row.kind === 'run' && row.problem !== undefined) return WARNING;
      return markOf(row, statusOf(row));
    case 'round':
      return new vscode.ThemeIcon(ROUND, hueOf(row.method));
    case 'checkpoint':
      return new vscode.ThemeIcon('symbol-array');
    case 'unreadable':
      return WARNING;
  }
}

function markOf({ done, method }: Pick<RunRow | SeedsRow, 'done' | 'method'>, status: StudyStatus): vscode.ThemeIcon {
  const { icon, color } = STATUS_LOOKS[status];
  const hue = color === undefined ? hueOf(method) : new vscode.ThemeColor(color);
  return new vscode.ThemeIcon(status === 'done' ? (done ? MARKS[done] : MEASUREMENT) : icon, hue);
}

function hueOf(method: Method | undefined): vscode.ThemeColor | undefined {
  return method && new vscode.ThemeColor(METHOD_LOOKS[method].id);
}

/** Returns the command of a click and of Enter. */
function commandOf(row: Row): vscode.Command | undefined {
  switch (row.kind) {
    case 'run':
      return { command: 'winningSign.openRun', title: 'Open Run', arguments: [row.run.directory] };
    case 'seeds': {
      const [first] = row.runs;
      const isMeasurement = first?.kind === 'connectivity';
      const rows = isMeasurement ? row.runs.map(({ directory }) => directory) : undefined;
      return { command: 'winningSign.openRun', title: 'Open Run', arguments: [first?.directory, rows] };
    }
    case 'round':
    case 'checkpoint':
      return { command: 'winningSign.openCheckpoint', title: 'Open Checkpoint', arguments: [row.file] };
    case 'study':
      return { command: 'winningSign.openStudy', title: 'Open Study', arguments: [row.file ?? { folder: row.folder }] };
    case 'unreadable':
      return undefined;
  }
}

/** Returns what a screen reader says. It also says what only the icon shows. */
function spoken(row: Row): string {
  const figures = row.figures.replaceAll(' · ', ', ');
  switch (row.kind) {
    case 'study':
      return [`study ${row.label}`, figures, row.problem, row.summary?.slurmProblem].filter(Boolean).join(', ');
    case 'run':
    case 'seeds': {
      const what = row.done === undefined ? 'interpolation' : row.done === 'search' ? 'search' : undefined;
      const done = row.done && !row.label.startsWith(DONE_LOOKS[row.done].label) ? DONE_LOOKS[row.done].label : what;
      const problem = row.kind === 'run' ? row.problem : undefined;
      return [...new Set([row.label, done, row.method, ...row.figures.split(' · '), problem])]
        .filter(Boolean)
        .join(', ');
    }
    case 'unreadable':
      return `${row.label} cannot be read: ${row.problem}`;
    default:
      return [row.label, figures].filter(Boolean).join(', ');
  }
}
