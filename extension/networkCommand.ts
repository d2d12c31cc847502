/** The command that shows what was inferred about a network of the user, before a run. */
import * as vscode from 'vscode';
import { networkLines } from '../engine/vocabulary/network';
import type { Services } from './services';
import { fileIn } from './subjects';

/** Shows the network of a model.json or of a run file: a file of the explorer, the run file in the editor, or one that the user picks. */
export async function showNetwork({ engine }: Services, argument?: unknown): Promise<vscode.TextDocument | undefined> {
  const file = fileIn(argument) ?? runFileInEditor() ?? (await askForModel('Show Network'))?.fsPath;
  if (file === undefined) return undefined;
  const progress = { location: vscode.ProgressLocation.Window, title: 'Reading the network' };
  const network = await vscode.window.withProgress(progress, () => engine.request('network/describe', { file }));
  const document = await vscode.workspace.openTextDocument({ content: `${networkLines(network).join('\n')}\n` });
  await vscode.window.showTextDocument(document);
  return document;
}

/** Returns the run file in the editor, if it has a network of the user. */
function runFileInEditor(): string | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.uri.fsPath.endsWith('.sign.json') && document.getText().includes('"layers"')
    ? document.uri.fsPath
    : undefined;
}

/** Asks for the model.json of a network. */
export async function askForModel(title: string, defaultUri?: vscode.Uri): Promise<vscode.Uri | undefined> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title,
      ...(defaultUri && { defaultUri }),
      filters: { 'model.json': ['json'] },
    })) ?? [];
  return file;
}
