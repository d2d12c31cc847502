import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from './errors';
import { isWithin } from './paths';

const RUNS_FOLDER = 'winningSign.runsFolder';

/** Fires when a folder of the workspace, or where runs are kept in one, has changed. */
export function onDidChangeRunsFolders(listener: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeWorkspaceFolders(listener),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(RUNS_FOLDER)) listener();
    }),
  );
}

/** Where each folder of the workspace keeps its runs: absolute paths, existing or not. */
export function runsFolders(): string[] {
  return [...new Set((vscode.workspace.workspaceFolders ?? []).filter(isLocal).map(runsFolderOf))];
}

/** Where this folder of the workspace keeps its runs. */
export function runsFolderOf(folder: vscode.WorkspaceFolder): string {
  const name = vscode.workspace.getConfiguration('winningSign', folder.uri).get<string>('runsFolder', '.winning-sign');
  return path.resolve(folder.uri.fsPath, name);
}

/** Where a run made from this file goes: the runs folder the file lies in, else that of its workspace folder, else the first. */
export function runsFolderFor(file: string): string {
  const holding = runsFolders().find((folder) => isWithin(folder, file));
  if (holding) return holding;
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file)) ?? vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw new UserError('No folder is open to keep runs in; open one first (File: Open Folder).');
  return runsFolderOf(folder);
}

/** Whether VS Code opens a file as a checkpoint by default: the same files as the manifest's selector of `winningSign.checkpoint`. */
export function opensByDefault(file: string): boolean {
  return file.endsWith('.safetensors') && file.split(/[\\/]/).slice(0, -1).includes('.winning-sign');
}

/** The folder of the workspace a run directory lies in, when there is more than one to tell apart. */
export function workspaceNameOf(directory: string): string | undefined {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.length > 1 ? vscode.workspace.getWorkspaceFolder(vscode.Uri.file(directory))?.name : undefined;
}

function isLocal(folder: vscode.WorkspaceFolder): boolean {
  return folder.uri.scheme === 'file';
}
