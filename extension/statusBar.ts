import * as vscode from 'vscode';
import { duration } from '../engine/vocabulary/numbers';
import type { RunSummary } from '../engine/protocol';
import type { Runs } from './runs';
import type { Studies } from './studies';
import { identity, keptText, standing } from './words';

/** Shows the progress of the running run, or the number of running runs if there are several. A click opens the run. */
export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('winningSign.running', vscode.StatusBarAlignment.Left);
  readonly #subscription: vscode.Disposable;

  /** Runs of studies are left out, because a study has its own item. */
  constructor(
    private readonly runs: Runs,
    private readonly studies: Pick<Studies, 'executes'>,
  ) {
    this.#item.name = 'Winning Sign';
    this.#subscription = runs.onDidSettle(() => {
      this.#show();
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }

  #show(): void {
    const running = this.runs.all(({ status, directory }) => status === 'running' && !this.studies.executes(directory));
    const [first] = running;
    if (!first) {
      this.#item.hide();
      return;
    }
    this.#item.text = `$(loading~spin) ${running.length === 1 ? shortly(first) : `${running.length} runs`}`;
    this.#item.tooltip = running.map(fully).join('\n');
    this.#item.command = {
      command: 'winningSign.openRun',
      title: 'Open Run',
      arguments: running.length === 1 ? [first.directory] : [],
    };
    this.#item.show();
  }
}

function shortly({ name, kind, progress, rounds, stopping }: RunSummary): string {
  if (stopping) return `${name} stopping…`;
  if (!progress) return name;
  if (kind !== 'search') return `${name} ${kind === 'train' ? `${progress.epoch}/${progress.epochs}` : ''}`.trim();
  const sparsity = rounds.at(-1)?.sparsity.prunable ?? 0;
  return `${name} ${progress.round}/${progress.rounds}${sparsity > 0 ? ` · ${keptText(1 - sparsity)}` : ''}`;
}

function fully(run: RunSummary): string {
  const left = run.progress?.secondsLeft;
  return [run.name, identity(run), standing(run), ...(left === undefined ? [] : [`${duration(left)} left`])].join(
    ' · ',
  );
}
