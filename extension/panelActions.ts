import * as path from 'node:path';
import * as vscode from 'vscode';
import type { PanelAction } from '../webview/protocol';

type Save = Extract<PanelAction, { action: 'save' }>;

const MESSAGE_MS = 4_000;

/** Performs the action of a button in a panel. Runs the same command as the command palette. */
export async function perform(action: PanelAction): Promise<void> {
  const { executeCommand } = vscode.commands;
  switch (action.action) {
    case 'openCheckpoint':
      return executeCommand('winningSign.openCheckpoint', action.file);
    case 'openRun':
      return executeCommand('winningSign.openRun', action.directory);
    case 'openRunFile':
      return executeCommand('winningSign.openRunFile', action.directory);
    case 'openFlips':
      return executeCommand('winningSign.showFlips', action.directory);
    case 'compare': {
      const { action: _, ...compared } = action;
      return executeCommand('winningSign.compare', compared);
    }
    case 'matrix':
      return executeCommand('winningSign.compare', undefined, action.files);
    case 'star':
      return executeCommand('winningSign.starRun', { directories: action.directories, star: action.star });
    case 'tag':
      return executeCommand('winningSign.tagRun', { directories: action.directories });
    case 'note':
      return executeCommand('winningSign.noteRun', { directories: action.directories });
    case 'transfer':
      return executeCommand('winningSign.transfer', { checkpoint: action.file });
    case 'connectivity':
      return executeCommand('winningSign.connectivity', { a: action.a, b: action.b });
    case 'stop':
      return executeCommand('winningSign.stop', action.directory);
    case 'resume':
      return executeCommand('winningSign.resume', action.directory);
    case 'openStudyFile':
      return executeCommand('vscode.open', vscode.Uri.file(action.file));
    case 'runStudy':
    case 'stopStudy':
    case 'studyReport':
      return executeCommand(`winningSign.${action.action}`, action.file);
    case 'saveStudyTable': {
      const { action: name, ...table } = action;
      return executeCommand(`winningSign.${name}`, table);
    }
    case 'copy':
      await vscode.env.clipboard.writeText(action.text);
      vscode.window.setStatusBarMessage(`Copied ${action.what}.`, MESSAGE_MS);
      return;
    case 'save':
      return save(action);
  }
}

async function save({ name, content, encoding }: Save): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const fileName = path.basename(name);
  const target = await vscode.window.showSaveDialog({
    ...(folder && { defaultUri: vscode.Uri.joinPath(folder, fileName) }),
    filters: { [path.extname(fileName).slice(1).toUpperCase() || 'File']: [path.extname(fileName).slice(1) || '*'] },
  });
  if (target) await vscode.workspace.fs.writeFile(target, Buffer.from(content, encoding));
}
