import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from './errors';
import { isWithin } from './paths';

const RUNS_FOLDER = 'winningSign.runsFolder';

/** Fires when the folders of the workspace, or the setting of their runs folders, have changed. */
export function onDidChangeRunsFolders(listener: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeWorkspaceFolders(listener),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(RUNS_FOLDER)) listener();
    }),
  );
}

/** Returns the runs folder of each folder of the workspace, as absolute paths. They may not exist. */
export function runsFolders(): string[] {
  return [...new Set((vscode.workspace.workspaceFolders ?? []).filter(isLocal).map(runsFolderOf))];
}

/** Returns the runs folder of a folder of the workspace. */
export function runsFolderOf(folder: vscode.WorkspaceFolder): string {
  const name = vscode.workspace.getConfiguration('winningSign', folder.uri).get<string>('runsFolder', '.winning-sign');
  return path.resolve(folder.uri.fsPath, name);
}

/** Returns the error for a window in which no run can be stored. */
export function noFolder(): UserError {
  return new UserError('No folder is open. Runs are stored in a folder: open one first (File: Open Folder).');
}

/** Returns the runs folder for a run made from a file: the one that the file is in, else that of its workspace folder, else the first. */
export function runsFolderFor(file: string): string {
  const holding = runsFolders().find((folder) => isWithin(folder, file));
  if (holding) return holding;
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file)) ?? vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw noFolder();
  return runsFolderOf(folder);
}

/** Whether VS Code opens a file as a checkpoint by default: the same files as the manifest's selector of `winningSign.checkpoint`. */
export function opensByDefault(file: string): boolean {
  return /\.(safetensors|pt|pth|pth\.tar|ckpt)$/.test(file);
}

/** Returns the name of the workspace folder that a run directory is in, if there is more than one folder. */
export function workspaceNameOf(directory: string): string | undefined {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.length > 1 ? vscode.workspace.getWorkspaceFolder(vscode.Uri.file(directory))?.name : undefined;
}

function isLocal(folder: vscode.WorkspaceFolder): boolean {
  return folder.uri.scheme === 'file';
}
