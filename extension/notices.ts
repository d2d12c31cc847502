import * as vscode from 'vscode';
import type { RunSummary } from '../engine/protocol';
import type { RunChange, Runs } from './runs';

const KEY = 'noticed';

/** Tells of a run that was interrupted or failed: once, and with the next action. */
export class Notices implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;

  constructor(
    runs: Runs,
    private readonly memory: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
  ) {
    this.#subscription = runs.onDidChange((change) => {
      this.#look(change);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #look({ directory, before, after }: RunChange): void {
    if (after?.status === before?.status) return;
    const noticed = this.memory.get<string[]>(KEY, []);
    const known = noticed.includes(directory);
    const trouble = after?.status === 'interrupted' || (after?.status === 'failed' && before !== undefined);
    if (trouble && !known) {
      void this.memory.update(KEY, [...noticed, directory]);
      void this.#tell(after);
    }
    if (!trouble && known)
      void this.memory.update(
        KEY,
        noticed.filter((other) => other !== directory),
      );
  }

  async #tell(run: RunSummary): Promise<void> {
    if (run.status === 'interrupted') {
      const resume = vscode.workspace.isTrusted ? ['Resume'] : [];
      const answer = await vscode.window.showWarningMessage(`${run.name} was interrupted${because(run)}.`, ...resume);
      if (answer) await vscode.commands.executeCommand('winningSign.resume', run.directory);
      return;
    }
    this.log.error(`${run.name} failed${because(run)} (${run.directory})`);
    const answer = await vscode.window.showErrorMessage(`${run.name} failed${because(run)}.`, 'Show Log');
    if (answer) await vscode.commands.executeCommand('winningSign.showLog', run.directory);
  }
}

function because({ message }: RunSummary): string {
  return message ? `: ${message.replace(/\.$/, '')}` : '';
}
