import * as vscode from 'vscode';
import type { StudyProblem, StudySummary } from '../engine/protocol';
import type { EngineClient } from './engine';
import { PathMap } from './paths';

interface Known {
  summary?: StudySummary | undefined;
  problem?: string | undefined;
}

/** The studies of this window's folders, kept up to date by the engine. */
export class Studies implements vscode.Disposable {
  readonly #studies = new PathMap<Known>();
  readonly #changed = new vscode.EventEmitter<{ file: string }>();
  /** Fires after a study appeared, changed or was removed, with the path of its file. */
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable;
  #following: Promise<void> | undefined;

  constructor(private readonly engine: Pick<EngineClient, 'request' | 'on' | 'onDidRestart'>) {
    const again = () => {
      this.follow().catch(() => undefined); // the known studies are still shown, and `ready` tries again
    };
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      engine.on('studies/changed', ({ file, summary, problem }) => {
        this.#set(file, { summary, problem });
      }),
      engine.onDidRestart(again),
      vscode.workspace.onDidChangeWorkspaceFolders(again),
    );
  }

  /** Resolves when the engine has listed the studies on disk. */
  ready(): Promise<void> {
    return this.#following ?? this.follow();
  }

  /** Asks the engine to follow this window's folders, and replaces the list of studies with its answer. */
  follow(): Promise<void> {
    const following = this.#follow();
    this.#following = following;
    following.catch(() => {
      if (this.#following === following) this.#following = undefined;
    });
    return following;
  }

  /** Returns the studies that could be read. */
  all(): StudySummary[] {
    return this.#studies.values().flatMap(({ summary }) => summary ?? []);
  }

  /** Returns the study with this file. */
  get(file: string): StudySummary | undefined {
    return this.#studies.get(file)?.summary;
  }

  /** Returns the study files with mistakes. */
  problems(): StudyProblem[] {
    return this.#studies.keys().flatMap((file) => {
      const message = this.#studies.get(file)?.problem;
      return message === undefined ? [] : [{ file, message }];
    });
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  async #follow(): Promise<void> {
    const local = (vscode.workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === 'file');
    const folders = local.map(({ uri }) => uri.fsPath);
    const { studies, problems } = await this.engine.request('studies/follow', { folders });
    const now = new PathMap<Known>();
    for (const file of this.#studies.keys()) now.set(file, {});
    for (const summary of studies) now.set(summary.file, { summary });
    for (const { file, message: problem } of problems) now.set(file, { ...now.get(file), problem });
    for (const file of now.keys()) this.#set(file, now.get(file)!);
  }

  #set(file: string, known: Known): void {
    if (known.summary || known.problem !== undefined) this.#studies.set(file, known);
    else this.#studies.delete(file);
    this.#changed.fire({ file });
  }
}
