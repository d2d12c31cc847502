/** The rows of series in the tree: a series, and its checkpoints below it. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { namesOf } from '../../engine/vocabulary/fileNames';
import type { EngineClient } from '../engine';
import { sentenceOf } from '../errors';
import { seriesKey, seriesName } from '../seriesList';

/** A series, a checkpoint in it, or the reason why its checkpoints cannot be listed. */
export type SeriesNode =
  | { kind: 'series'; targets: readonly string[] }
  | { kind: 'member'; series: string; file: string; label: string }
  | { kind: 'seriesProblem'; series: string; problem: string };

/** Returns the rows below a series, in the order of the series. */
export async function rowsOfSeries(
  engine: Pick<EngineClient, 'request'>,
  targets: readonly string[],
): Promise<SeriesNode[]> {
  const series = seriesKey(targets);
  try {
    const { files } = await engine.request('checkpoint/seriesFiles', { targets: [...targets] });
    const labels = namesOf(files);
    return files.map((file, place) => ({ kind: 'member', series, file, label: labels[place] ?? file }));
  } catch (error) {
    return [{ kind: 'seriesProblem', series, problem: sentenceOf(error) }];
  }
}

/** Makes a row of a series. */
export function seriesItem(node: SeriesNode): vscode.TreeItem {
  switch (node.kind) {
    case 'series': {
      const { targets } = node;
      const [first = ''] = targets;
      const item = new vscode.TreeItem(seriesName(targets), vscode.TreeItemCollapsibleState.Collapsed);
      item.id = `series:${seriesKey(targets)}`;
      const folder = path.dirname(first);
      const isRoot = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.fsPath === folder);
      item.description = ['series', ...(isRoot ? [] : [vscode.workspace.asRelativePath(folder)])].join(' · ');
      item.iconPath = new vscode.ThemeIcon('versions');
      item.contextValue = 'series';
      item.tooltip = targets.join('\n');
      item.command = { command: 'winningSign.openSeries', title: 'Open as Series', arguments: [node] };
      item.accessibilityInformation = { label: `${seriesName(targets)}, series` };
      return item;
    }
    case 'member': {
      const item = new vscode.TreeItem(node.label);
      item.id = `member:${node.series}:${node.file}`;
      item.contextValue = 'checkpoint';
      item.iconPath = new vscode.ThemeIcon('symbol-array');
      item.tooltip = node.file;
      item.command = { command: 'winningSign.openCheckpoint', title: 'Open Checkpoint', arguments: [node.file] };
      return item;
    }
    case 'seriesProblem': {
      const item = new vscode.TreeItem(node.problem);
      item.id = `seriesProblem:${node.series}`;
      item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
      item.contextValue = 'seriesProblem';
      item.tooltip = node.problem;
      return item;
    }
  }
}
