import * as vscode from 'vscode';
import type { Services } from './services';
import { fileIn } from './subjects';

/**
 * Shows the selected checkpoints, or those of a folder, as a series, and lists the series in the tree. Asks for a folder if called without
 * either.
 */
export async function openSeries({ panels, series }: Services, argument?: unknown, selected?: unknown): Promise<void> {
  const targets = targetsIn(argument) ?? (await newTargets(argument, selected));
  if (targets.length === 0) return;
  series.add(targets);
  panels.show({ view: 'series', targets });
}

/** Removes a series from the tree. Its files stay. */
export function removeSeries({ series }: Services, argument?: unknown): void {
  const targets = targetsIn(argument);
  if (targets) series.remove(targets);
}

/** Returns the targets of a row of the tree that is a series. */
function targetsIn(argument: unknown): string[] | undefined {
  const targets = (argument as { targets?: unknown } | undefined | null)?.targets;
  return Array.isArray(targets) ? targets.filter((target) => typeof target === 'string') : undefined;
}

async function newTargets(argument: unknown, selected: unknown): Promise<string[]> {
  const chosen = Array.isArray(selected) ? selected.map(fileIn).filter((file) => file !== undefined) : [];
  if (chosen.length > 0) return chosen;
  const one = fileIn(argument) ?? (await askForFolder());
  return one === undefined ? [] : [one];
}

async function askForFolder(): Promise<string | undefined> {
  const options = { title: 'Open Folder as Series', canSelectFolders: true, canSelectFiles: false };
  return (await vscode.window.showOpenDialog(options))?.[0]?.fsPath;
}
