import * as path from 'node:path';
import * as vscode from 'vscode';
import type { StudyProblem, StudySummary } from '../engine/protocol';
import type { EngineClient } from './engine';
import { PathMap } from './paths';

/** A change in the list of studies. A new study has no `before`, a removed study no `after`. */
export interface StudyListChange {
  file: string;
  before?: StudySummary | undefined;
  after?: StudySummary | undefined;
}

/** How long after the end of a study its last runs may still be reported, in ms. */
const SETTLES_MS = 5_000;

interface Known {
  summary?: StudySummary | undefined;
  problem?: string | undefined;
}

/** The studies of this window's folders, kept up to date by the engine. */
export class Studies implements vscode.Disposable {
  readonly #studies = new PathMap<Known>();
  /** When the process of a study ended, by the folder of its runs. */
  readonly #ended = new PathMap<number>();
  /** The studies of which this window started only a part. */
  readonly #parts = new PathMap<true>();
  readonly #changed = new vscode.EventEmitter<StudyListChange>();
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

  /** Returns the studies that could be read and that `wanted` accepts. */
  all(wanted: (study: StudySummary) => boolean = () => true): StudySummary[] {
    return this.#studies.values().flatMap(({ summary }) => (summary && wanted(summary) ? [summary] : []));
  }

  /** Returns the study with this file. */
  get(file: string): StudySummary | undefined {
    return this.#studies.get(file)?.summary;
  }

  /** Returns the study whose runs are in a folder. */
  ofFolder(folder: string): StudySummary | undefined {
    return this.all((study) => study.folder === folder)[0];
  }

  /** Remembers that this window has started a study, or only a part of it. */
  started(file: string, isPart: boolean): void {
    if (isPart) this.#parts.set(file, true);
    else this.#parts.delete(file);
  }

  /** Whether this window last started only a part of a study. */
  isPart(file: string): boolean {
    return this.#parts.has(file);
  }

  /** Whether a study executes this run, or did so a moment ago. */
  executes(directory: string): boolean {
    const folder = path.dirname(directory);
    const ended = this.#ended.get(folder);
    if (ended !== undefined && performance.now() - ended < SETTLES_MS) return true;
    return this.ofFolder(folder)?.executing === true;
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
    const before = this.#studies.get(file)?.summary;
    const after = known.summary;
    if (before?.executing && !after?.executing) this.#ended.set(before.folder, performance.now());
    if (known.summary || known.problem !== undefined) this.#studies.set(file, known);
    else this.#studies.delete(file);
    this.#changed.fire({ file, before, after });
  }
}
