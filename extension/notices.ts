import * as vscode from 'vscode';
import { noticeOf, type Notice } from './noticeWords';
import type { Runs } from './runs';

const SHOW = {
  information: vscode.window.showInformationMessage,
  warning: vscode.window.showWarningMessage,
  error: vscode.window.showErrorMessage,
};

/** Tells once of each run that ends while the window is open, with its result and the next action. */
export class Notices implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;

  constructor(
    runs: Runs,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#subscription = runs.onDidChange((change) => {
      const notice = noticeOf(change);
      if (notice) void this.#tell(change.directory, notice);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #tell(directory: string, { severity, sentence, action: { label, command } }: Notice): Promise<void> {
    if (severity === 'error') this.log.error(`${sentence} (${directory})`);
    const labels = command === 'resume' && !vscode.workspace.isTrusted ? [] : [label];
    const show: (message: string, ...items: string[]) => Thenable<string | undefined> = SHOW[severity];
    if (await show(sentence, ...labels)) await vscode.commands.executeCommand(`winningSign.${command}`, directory);
  }
}
