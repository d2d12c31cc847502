import * as vscode from 'vscode';
import type { Services } from './services';
import { fileIn } from './subjects';

/** Shows the selected checkpoints, or those of a folder, as a series. Asks for a folder if called without either. */
export async function openSeries({ panels }: Services, argument?: unknown, selected?: unknown): Promise<void> {
  const chosen = Array.isArray(selected) ? selected.map(fileIn).filter((file) => file !== undefined) : [];
  const one = fileIn(argument) ?? (chosen.length === 0 ? await askForFolder() : undefined);
  const targets = chosen.length > 0 ? chosen : one === undefined ? [] : [one];
  if (targets.length > 0) panels.show({ view: 'series', targets });
}

async function askForFolder(): Promise<string | undefined> {
  const options = { title: 'Open Folder as Series', canSelectFolders: true, canSelectFiles: false };
  return (await vscode.window.showOpenDialog(options))?.[0]?.fsPath;
}
