/** The command that downloads a dataset from its home. */
import * as vscode from 'vscode';
import { CATALOGUE } from '../engine/vocabulary/datasetCatalogue';
import { requireTrust } from './runCommands';
import type { Services } from './services';

/** Asks for a dataset and a folder, says what would be downloaded from where, and downloads it. Cancelling keeps what has arrived. */
export async function getDataset({ engine, log }: Services): Promise<void> {
  requireTrust();
  const rows = Object.entries(CATALOGUE).map(([name, { title, home, size }]) => ({
    name,
    label: title,
    description: size,
    detail: home,
  }));
  const chosen = await vscode.window.showQuickPick(rows, { title: 'Download Dataset', matchOnDetail: true });
  if (!chosen) return;
  const { name, label, description: size, detail: home } = chosen;
  const [workspace] = vscode.workspace.workspaceFolders ?? []; // an empty multi-root workspace has none
  const [folder] =
    (await vscode.window.showOpenDialog({
      title: `Folder to download ${label} to`,
      canSelectFiles: false,
      canSelectFolders: true,
      ...(workspace && { defaultUri: workspace.uri }),
    })) ?? [];
  if (!folder) return;
  const hosts = [...new Set(CATALOGUE[name]!.files.map(({ url }) => new URL(url).host))].join(', ');
  const detail = `${size} from ${hosts}. A folder “${name}” is made in ${folder.fsPath}. Terms of use: ${home}`;
  const yes = 'Download';
  if ((await vscode.window.showInformationMessage(`Download ${label}?`, { modal: true, detail }, yes)) !== yes) return;
  const options = { location: vscode.ProgressLocation.Notification, title: `Downloading ${label}`, cancellable: true };
  const downloaded = await vscode.window.withProgress(options, async (progress, token) => {
    const subscription = engine.on('dataset/progress', ({ name: downloaded, message, fraction }) => {
      if (downloaded !== name) return;
      if (fraction === undefined) log.info(message);
      progress.report({ message: fraction === undefined ? message : `${message} ${Math.round(100 * fraction)} %` });
    });
    try {
      return await engine.request('dataset/get', { name, into: folder.fsPath }, token);
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      throw error;
    } finally {
      subscription.dispose();
    }
  });
  if (!downloaded) return;
  const copy = 'Copy for Run File';
  const message = `${label} is in ${downloaded.dataset.path}.`;
  if ((await vscode.window.showInformationMessage(message, copy)) === copy)
    await vscode.env.clipboard.writeText(`"dataset": ${JSON.stringify(downloaded.dataset)}`);
}
