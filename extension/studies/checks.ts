import * as vscode from 'vscode';
import type { EngineClient } from '../engine';
import type { FileProblemsView } from '../fileProblems';
import { STUDY_ENDING } from './subject';

/** Delay in ms after a change in an editor. */
const QUIET_MS = 300;

/** Shows the mistakes of study files in the editor while the user types. */
export class StudyChecks implements vscode.Disposable {
  readonly #due = new Map<string, NodeJS.Timeout>();
  readonly #subscription: vscode.Disposable;

  constructor(
    private readonly engine: Pick<EngineClient, 'request'>,
    private readonly problems: Pick<FileProblemsView, 'set'>,
  ) {
    this.#subscription = vscode.Disposable.from(
      vscode.workspace.onDidOpenTextDocument((document) => {
        this.#soon(document);
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.#soon(document);
      }),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (isStudy(document)) this.problems.set(document.uri, []);
      }),
    );
    for (const document of vscode.workspace.textDocuments) this.#soon(document);
  }

  dispose(): void {
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#subscription.dispose();
  }

  #soon(document: vscode.TextDocument): void {
    if (!isStudy(document)) return;
    const file = document.uri.fsPath;
    clearTimeout(this.#due.get(file));
    this.#due.set(
      file,
      setTimeout(() => {
        this.#due.delete(file);
        void this.#check(document);
      }, QUIET_MS),
    );
  }

  async #check(document: vscode.TextDocument): Promise<void> {
    const { uri, version } = document;
    const answer = await this.engine
      .request('study/check', { file: uri.fsPath, text: document.getText() })
      .catch(() => undefined); // the next change checks again
    if (answer && !document.isClosed && document.version === version) this.problems.set(uri, answer.problems);
  }
}

function isStudy({ uri }: vscode.TextDocument): boolean {
  return uri.scheme === 'file' && uri.fsPath.endsWith(STUDY_ENDING);
}
