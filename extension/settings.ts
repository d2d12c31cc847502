import * as path from 'node:path';
import * as vscode from 'vscode';
import { UserError } from './errors';
import { isWithin } from './paths';

const RUNS_FOLDER = 'winningSign.runsFolder';

/** Calls the listener when the workspace folders or the setting `winningSign.runsFolder` change. */
export function onDidChangeRunsFolders(listener: () => void): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.workspace.onDidChangeWorkspaceFolders(listener),
    vscode.workspace.onDidChangeConfiguration((change) => {
      if (change.affectsConfiguration(RUNS_FOLDER)) listener();
    }),
  );
}

/** Returns the absolute path of the runs folder of each workspace folder. A runs folder may not exist yet. */
export function runsFolders(): string[] {
  return [...new Set((vscode.workspace.workspaceFolders ?? []).filter(isLocal).map(runsFolderOf))];
}

/** Returns the absolute path of the runs folder of a workspace folder. */
export function runsFolderOf(folder: vscode.WorkspaceFolder): string {
  const name = vscode.workspace.getConfiguration('winningSign', folder.uri).get<string>('runsFolder', '.winning-sign');
  return path.resolve(folder.uri.fsPath, name);
}

/** Returns the error for a window without a folder, in which no run can be stored. */
export function noFolder(): UserError {
  return new UserError('No folder is open. Runs are stored in the open folder, so open one first (File: Open Folder).');
}

/**
 * Returns the runs folder in which to store a run that is made from a file. If the file is in a runs folder, returns that folder.
 * Otherwise, returns the runs folder of the file's workspace folder. If the file is outside the workspace, returns the runs folder of the
 * first workspace folder.
 */
export function runsFolderFor(file: string): string {
  const holding = runsFolders().find((folder) => isWithin(folder, file));
  if (holding) return holding;
  const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(file)) ?? vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw noFolder();
  return runsFolderOf(folder);
}

/** Returns whether VS Code opens a file as a checkpoint by default. Must agree with the selector of `winningSign.checkpoint` in the manifest. */
export function opensByDefault(file: string): boolean {
  return /\.(safetensors|pt|pth|pth\.tar|ckpt)$/.test(file);
}

/** Returns the name of the workspace folder that contains a run. Undefined if the workspace has only one folder. */
export function workspaceNameOf(directory: string): string | undefined {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.length > 1 ? vscode.workspace.getWorkspaceFolder(vscode.Uri.file(directory))?.name : undefined;
}

function isLocal(folder: vscode.WorkspaceFolder): boolean {
  return folder.uri.scheme === 'file';
}
