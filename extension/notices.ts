import * as vscode from 'vscode';
import { noticeOf, type Notice } from './noticeWords';
import type { Runs } from './runs';
import type { Studies } from './studies';

type Show = (message: string, ...labels: string[]) => Thenable<string | undefined>;

const SHOW: Record<Notice['severity'], Show> = {
  information: (...words) => vscode.window.showInformationMessage(...words),
  warning: (...words) => vscode.window.showWarningMessage(...words),
  error: (...words) => vscode.window.showErrorMessage(...words),
};

/** Shows one notice for each run that ends while the window is open, with its result and the next action. */
export class Notices implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;

  constructor(
    runs: Pick<Runs, 'onDidChange'>,
    private readonly log: Pick<vscode.LogOutputChannel, 'error'>,
    studies: Pick<Studies, 'executes'>,
  ) {
    this.#subscription = runs.onDidChange((change) => {
      if (studies.executes(change.directory)) return; // the study itself has a notice
      const notice = noticeOf(change);
      if (notice) void this.#show(change.directory, notice);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #show(directory: string, { severity, sentence, action: { label, command } }: Notice): Promise<void> {
    if (severity === 'error') this.log.error(`${sentence} (${directory})`);
    const labels = command === 'resume' && !vscode.workspace.isTrusted ? [] : [label];
    if (await SHOW[severity](sentence, ...labels))
      await vscode.commands.executeCommand(`winningSign.${command}`, directory);
  }
}
