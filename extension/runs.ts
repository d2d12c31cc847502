import * as vscode from 'vscode';
import type { ListedRun } from '../engine/protocol';
import type { EngineClient } from './engine';
import { NameOrder } from './nameOrder';
import { PathMap } from './paths';
import { onDidChangeRunsFolders, runsFolders } from './settings';
import type { Studies } from './studies';
import { Throttle } from './throttle';
import { RunTree } from './tree/grow';

/** Shortest time between two events of `onDidSettle`, in ms. */
const SETTLE_MS = 250;

/** A change in the list of runs. A new run has no `before`, a removed run no `after`. A run that was never readable has neither. */
export interface RunChange {
  directory: string;
  before?: ListedRun | undefined;
  after?: ListedRun | undefined;
  /** Whether the error of the run appeared, disappeared or changed. */
  problemChanged: boolean;
}

/** The runs of this window's folders, kept up to date by the engine. */
export class Runs implements vscode.Disposable {
  readonly #summaries = new PathMap<ListedRun>();
  readonly #problems = new PathMap<string>();
  readonly #changed = new vscode.EventEmitter<RunChange>();
  readonly onDidChange = this.#changed.event;
  readonly #settled = new vscode.EventEmitter<void>();
  /** Fires after changes, at most four times a second. For listeners that look at all runs. */
  readonly onDidSettle = this.#settled.event;
  readonly #settle = new Throttle(() => {
    this.#settled.fire();
  }, SETTLE_MS);
  readonly #order = new NameOrder();
  readonly #tree = new RunTree({ runs: [] });
  /** Whether the tree is that of the present runs and studies. */
  #isGrown = false;
  readonly #subscriptions: vscode.Disposable;
  #following: Promise<void> | undefined;

  constructor(
    private readonly engine: EngineClient,
    private readonly studies?: Pick<Studies, 'all' | 'problems' | 'onDidChange'>,
  ) {
    const again = () => {
      this.follow().catch(() => undefined); // the known runs are still shown, and `ready` tries again
    };
    this.#subscriptions = vscode.Disposable.from(
      this.#changed,
      this.#settled,
      this.#settle,
      engine.on('runs/changed', ({ directory, summary, problem }) => {
        this.#set(directory, summary, problem);
      }),
      studies?.onDidChange(() => {
        this.#isGrown = false;
        this.#settle.request();
      }) ?? { dispose: () => undefined },
      engine.onDidRestart(again),
      onDidChangeRunsFolders(again),
    );
  }

  /** Resolves when the engine has listed the runs on disk. */
  ready(): Promise<void> {
    return this.#following ?? this.follow();
  }

  /** Asks the engine to follow this window's folders, and replaces the list of runs with its answer. */
  follow(): Promise<void> {
    const following = this.#follow();
    this.#following = following;
    following.catch(() => {
      if (this.#following === following) this.#following = undefined;
    });
    return following;
  }

  get(directory: string): ListedRun | undefined {
    return this.#summaries.get(directory);
  }

  /** Returns the runs that `wanted` accepts, sorted by name. Numbers in names are compared as numbers. */
  all(wanted: (run: ListedRun) => boolean = () => true): ListedRun[] {
    const now = this.#order.directories().map((directory) => this.#summaries.get(directory)!);
    return now.filter(wanted);
  }

  /** Returns the tree of studies and runs as they are now. */
  tree(): RunTree {
    if (this.#isGrown) return this.#tree;
    const problems = this.#problems.keys().map((directory) => ({ directory, message: this.#problems.get(directory)! }));
    const studies = { studies: this.studies?.all() ?? [], studyProblems: this.studies?.problems() ?? [] };
    this.#tree.update({ runs: this.all(), problems, ...studies });
    this.#isGrown = true;
    return this.#tree;
  }

  /** Returns why a run could not be read, or undefined if it could. */
  problemOf(directory: string): string | undefined {
    return this.#problems.get(directory);
  }

  /** Returns the directories of runs that could never be read, sorted. */
  unreadable(): string[] {
    return this.#problems
      .keys()
      .filter((directory) => !this.#summaries.has(directory))
      .sort();
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  async #follow(): Promise<void> {
    const { runs, problems } = await this.engine.request('runs/follow', { folders: runsFolders() });
    const now = new PathMap<{ run?: ListedRun; problem?: string }>();
    for (const directory of [...this.#summaries.keys(), ...this.#problems.keys()]) now.set(directory, {});
    for (const run of runs) now.set(run.directory, { run });
    for (const { directory, message: problem } of problems) now.set(directory, { ...now.get(directory), problem });
    for (const directory of now.keys()) {
      const { run, problem } = now.get(directory)!;
      this.#set(directory, run, problem);
    }
  }

  #set(directory: string, after: ListedRun | undefined, problem: string | undefined): void {
    const before = this.#summaries.get(directory);
    const problemChanged = this.#problems.get(directory) !== problem;
    if (!before && after) this.#order.add(after);
    if (before && !after) this.#order.remove(before);
    this.#isGrown = false;
    replace(this.#summaries, directory, after);
    replace(this.#problems, directory, problem);
    this.#changed.fire({ directory, before, after, problemChanged });
    this.#settle.request();
  }
}

function replace<V>(map: PathMap<V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}
