import { existsSync } from 'node:fs';
import * as vscode from 'vscode';
import type { FileProblems, Problem, TextRange } from '../engine/vocabulary/problems';
import { problemSentence } from './problemWords';

/**
 * Shows the problems of a run file. A notification shows the first problem and has a button that opens its line. The Problems view lists
 * all problems until the file changes.
 */
export class FileProblemsView implements vscode.Disposable {
  readonly #diagnostics = vscode.languages.createDiagnosticCollection('winningSign');
  readonly #subscription = vscode.Disposable.from(
    this.#diagnostics,
    vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length > 0) this.#diagnostics.delete(document.uri);
    }),
    vscode.workspace.onDidDeleteFiles(({ files }) => {
      for (const file of files) this.#diagnostics.delete(file);
    }),
  );

  dispose(): void {
    this.#subscription.dispose();
  }

  /** Removes the problems of a file, before the file is checked again. */
  clear(file: string): void {
    this.#diagnostics.delete(vscode.Uri.file(file));
  }

  /** Lists the problems of a file, without a notification. */
  set(file: vscode.Uri, problems: readonly Problem[]): void {
    this.#diagnostics.set(file, problems.map(diagnosticOf));
  }

  /** Shows problems. Settles when the notification is closed. */
  async show(found: FileProblems): Promise<void> {
    const file = vscode.Uri.file(found.file);
    if (!existsSync(found.file)) {
      await vscode.window.showErrorMessage(problemSentence(found));
      return;
    }
    this.set(file, found.problems);
    if ((await vscode.window.showErrorMessage(problemSentence(found), 'Open File')) === undefined) return;
    const { range } = found.problems[0]!;
    await vscode.window.showTextDocument(file, range && { selection: selectionOf(range) });
  }
}

function diagnosticOf({ message, range }: Problem): vscode.Diagnostic {
  const diagnostic = new vscode.Diagnostic(range ? selectionOf(range) : new vscode.Range(0, 0, 0, 0), message);
  diagnostic.source = 'Winning Sign';
  return diagnostic;
}

/** Converts positions that count from 1 to those of the editor, which count from 0. */
function selectionOf({ line, column, endLine, endColumn }: TextRange): vscode.Range {
  return new vscode.Range(line - 1, column - 1, endLine - 1, endColumn - 1);
}
