import * as vscode from 'vscode';
import { findingsOf } from '../../engine/vocabulary/studyFindings';
import type { EngineClient } from '../engine';
import type { Studies } from '../studies';
import { endNotice } from './words';

/** Shows one notice for each study that ends while the window is open, with its finding and the next action. */
export class StudyNotices implements vscode.Disposable {
  readonly #subscription: vscode.Disposable;

  constructor(
    private readonly studies: Pick<Studies, 'onDidChange' | 'isPart'>,
    private readonly engine: Pick<EngineClient, 'request'>,
  ) {
    this.#subscription = studies.onDidChange((change) => {
      if (change.before?.executing && change.after?.executing === false) void this.#ended(change);
    });
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  async #ended(change: Parameters<typeof endNotice>[0] & { file: string }): Promise<void> {
    const { file } = change;
    const snapshot = await this.engine.request('study/snapshot', { file, once: true }).catch(() => undefined); // the panel shows the error
    const finding = snapshot?.tables.flatMap(findingsOf)[0];
    const after = snapshot ?? change.after; // the last runs may have been reported after the end of the process
    const notice = endNotice({ ...change, after }, { finding, isPart: this.studies.isPart(file) });
    if (!notice) return;
    const { severity, sentence, action } = notice;
    const label = action === 'openStudy' ? 'Open' : 'Resume';
    const labels = action === 'resumeStudy' && !vscode.workspace.isTrusted ? [] : [label];
    const chosen = await (severity === 'information'
      ? vscode.window.showInformationMessage(sentence, ...labels)
      : vscode.window.showWarningMessage(sentence, ...labels));
    if (chosen) await vscode.commands.executeCommand(`winningSign.${action}`, file);
  }
}
