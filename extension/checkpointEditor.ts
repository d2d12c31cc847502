import * as vscode from 'vscode';
import { UserError } from './errors';
import type { Panels } from './panel';
import { opensByDefault } from './settings';

/**
 * View types of the two editors in the manifest. VS Code opens checkpoint files in `default`, and lists `offered` under Open With for other
 * files.
 */
const VIEW_TYPES = { default: 'winningSign.checkpoint', offered: 'winningSign.anyCheckpoint' } as const;

/** Shows a checkpoint's masks and signs. The editor does not read the file: its panel requests the contents from the engine. */
export class CheckpointEditor implements vscode.CustomReadonlyEditorProvider {
  constructor(private readonly panels: Panels) {}

  static register(panels: Panels): vscode.Disposable {
    const editor = new CheckpointEditor(panels);
    const options = { supportsMultipleEditorsPerDocument: true };
    return vscode.Disposable.from(
      ...Object.values(VIEW_TYPES).map((viewType) =>
        vscode.window.registerCustomEditorProvider(viewType, editor, options),
      ),
    );
  }

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    if (uri.scheme !== 'file')
      throw new UserError(`${uri.path} is not a file on disk. Save it on disk to see its masks and signs.`);
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor(document: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    this.panels.attach(panel, { view: 'checkpoint', file: document.uri.fsPath });
  }
}

/** Opens a checkpoint in the editor that a click in the explorer would open. */
export async function openCheckpoint(file: string): Promise<void> {
  const uri = vscode.Uri.file(file);
  const viewType = opensByDefault(file) ? VIEW_TYPES.default : VIEW_TYPES.offered;
  await vscode.commands.executeCommand('vscode.openWith', uri, viewType);
}
