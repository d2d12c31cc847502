import * as path from 'node:path';
import * as vscode from 'vscode';
import type { Services } from './services';
import { checkpointFor, fileIn } from './subjects';

/** Writes one HTML page about the selected checkpoints. Asks where to save the page, and offers to open it in a browser. */
export async function report(services: Services, argument?: unknown, selected?: unknown): Promise<string | undefined> {
  const title = 'Write Report';
  const chosen = Array.isArray(selected) ? selected.map(fileIn).filter((file) => file !== undefined) : [];
  const one = chosen.length > 0 ? undefined : await checkpointFor(argument, services.runs, title);
  const files = one === undefined ? chosen : [one];
  const [first] = files;
  if (first === undefined) return undefined;
  const out = await vscode.window.showSaveDialog({
    title,
    defaultUri: vscode.Uri.file(path.join(path.dirname(first), 'report.html')),
    filters: { 'HTML page': ['html'] },
  });
  if (!out) return undefined;
  const progress = { location: vscode.ProgressLocation.Window, title: 'Writing the report' };
  const { file } = await vscode.window.withProgress(progress, () =>
    services.engine.request('checkpoint/report', { files, out: out.fsPath }),
  );
  void offerToOpen(file);
  return file;
}

/** Says that a page was written, and opens it in a browser if the user wants to. */
export async function offerToOpen(file: string): Promise<void> {
  const open = 'Open in Browser';
  if (await vscode.window.showInformationMessage(`The report is in ${path.basename(file)}.`, open))
    await vscode.env.openExternal(vscode.Uri.file(file));
}
