import * as vscode from 'vscode';
import type { StudySummary } from '../../engine/protocol';
import { countsText, progressText } from '../../engine/vocabulary/studyCounts';
import type { Studies } from '../studies';

/** Shows how far the running study is, or the number of running studies if there are several. A click opens the study. */
export class StudyStatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem('winningSign.study', vscode.StatusBarAlignment.Left);
  readonly #subscription: vscode.Disposable;

  constructor(private readonly studies: Pick<Studies, 'all' | 'onDidChange'>) {
    this.#item.name = 'Winning Sign: Study';
    this.#subscription = studies.onDidChange(() => {
      this.#show();
    });
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }

  #show(): void {
    const executing = this.studies.all((study) => study.executing);
    const [first] = executing;
    if (!first) {
      this.#item.hide();
      return;
    }
    const text =
      executing.length === 1 ? `${first.name} ${progressText(first, { brief: true })}` : `${executing.length} studies`;
    this.#item.text = `$(loading~spin) ${text}`;
    this.#item.tooltip = executing.map(fully).join('\n');
    const files = executing.length === 1 ? [first.file] : [];
    this.#item.command = { command: 'winningSign.openStudy', title: 'Open Study', arguments: files };
    this.#item.show();
  }
}

function fully(study: StudySummary): string {
  return `${study.name} · ${progressText(study, { brief: true })} · ${countsText(study.counts)}`;
}
