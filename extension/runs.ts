import * as vscode from 'vscode';
import type { RunSummary } from '../engine/protocol';
import type { RunColor } from '../webview/protocol';
import type { Engine } from './engine';
import type { RunColors } from './runColors';
import { onDidChangeRunsFolders, runsFolders } from './settings';

/** A run appeared (`before` absent), disappeared (`after` absent) or changed in what a list shows. */
export interface RunChange {
  directory: string;
  before?: RunSummary | undefined;
  after?: RunSummary | undefined;
}

/** The runs of this window's folders, kept up to date by the engine. */
export class Runs implements vscode.Disposable {
  readonly #summaries = new Map<string, RunSummary>();
  readonly #changed = new vscode.EventEmitter<RunChange>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable;
  #following: Promise<void> | undefined;

  constructor(
    private readonly engine: Engine,
    private readonly colors: RunColors,
  ) {
    const again = () => void this.follow();
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      engine.on('runs/changed', ({ directory, summary }) => {
        this.#set(directory, summary);
      }),
      engine.onDidRestart(again),
      onDidChangeRunsFolders(again),
    );
  }

  /** Settles when the runs on disk are known. */
  ready(): Promise<void> {
    return this.#following ?? this.follow();
  }

  /** Asks the engine to follow this window's folders, and takes over what it finds there. */
  follow(): Promise<void> {
    const following = this.#follow().catch((error: unknown) => {
      this.#following = undefined;
      throw error;
    });
    this.#following = following;
    return following;
  }

  get(directory: string): RunSummary | undefined {
    return this.#summaries.get(directory);
  }

  /** All runs, by name; only those that `wanted` accepts if it is given. */
  all(wanted: (run: RunSummary) => boolean = () => true): RunSummary[] {
    const runs = [...this.#summaries.values()].filter(wanted);
    return runs.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }) || order(a, b));
  }

  /** The runs in the tree's order, each with its colour's place. */
  colored(): RunColor[] {
    return this.all().map((summary) => ({
      directory: summary.directory,
      color: this.colors.of(summary.directory),
      summary,
    }));
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  async #follow(): Promise<void> {
    const found = await this.engine.request('runs/follow', { folders: runsFolders() });
    const directories = new Set(found.map((run) => run.directory));
    for (const directory of [...this.#summaries.keys()])
      if (!directories.has(directory)) this.#set(directory, undefined);
    for (const run of found) this.#set(run.directory, run);
  }

  #set(directory: string, after: RunSummary | undefined): void {
    const before = this.#summaries.get(directory);
    if (after) this.#summaries.set(directory, after);
    else this.#summaries.delete(directory);
    this.#changed.fire({ directory, before, after });
  }
}

function order(a: RunSummary, b: RunSummary): number {
  return a.directory < b.directory ? -1 : 1;
}
