import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { PathMap } from './paths';
import type { RunColors } from './runColors';
import { checkpointItem, derivedItem, roundItem, runItem, unreadableItem } from './runItems';
import type { RunNode } from './runNodes';
import { idOf, rowsOf, rowsOfRound } from './runNodes';
import type { RunChange, Runs } from './runs';
import { standing } from './words';

/** The tree of runs. A run contains its rounds. A round contains its checkpoint, and the runs that started from that checkpoint. */
export class RunsView implements vscode.TreeDataProvider<RunNode>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<RunNode | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #nodes = new PathMap<RunNode>();
  readonly #view: vscode.TreeView<RunNode>;
  readonly #subscriptions: vscode.Disposable;

  constructor(
    private readonly runs: Runs,
    private readonly colors: RunColors,
  ) {
    this.#view = vscode.window.createTreeView('winningSign.runs', { treeDataProvider: this, canSelectMany: true });
    this.#subscriptions = vscode.Disposable.from(
      this.#view,
      this.#changed,
      runs.onDidChange((change) => {
        this.#refresh(change);
      }),
    );
  }

  async getChildren(parent?: RunNode): Promise<RunNode[]> {
    if (!parent) {
      await this.runs.ready();
      const runs = this.runs.all().map(({ directory }) => this.#kept({ kind: 'run', directory }));
      const unreadable = this.runs.unreadable().map((directory) => this.#kept({ kind: 'unreadable', directory }));
      return [...runs, ...unreadable];
    }
    const run = this.runs.get(parent.directory);
    if (!run) return [];
    if (parent.kind === 'run') return rowsOf(run).map((node) => this.#kept(node));
    return parent.kind === 'round' ? rowsOfRound(parent.file, parent.directory, this.runs.all()) : [];
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    if (node.kind === 'checkpoint') return checkpointItem(node);
    const problem = this.runs.problemOf(node.directory);
    if (node.kind === 'unreadable') return unreadableItem(node.directory, problem ?? '');
    const run = this.runs.get(node.directory);
    if (!run) return new vscode.TreeItem('');
    const shown = { color: this.colors.themeColor(node.directory), problem };
    if (node.kind === 'run') return runItem(run, shown);
    if (node.kind === 'derived') return derivedItem(node, run, shown);
    return roundItem(node, run, rowsOfRound(node.file, node.directory, this.runs.all()).length > 1);
  }

  /** VS Code asks for parents of revealed rows only. Only runs are revealed, and runs have no parent. */
  getParent(): undefined {
    return undefined;
  }

  /** Selects and expands the row of a run, if the view is visible. */
  async reveal(directory: string): Promise<void> {
    const node = this.#nodes.get(directory);
    if (node && this.#view.visible) await this.#view.reveal(node, { select: true, expand: true });
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  #refresh({ directory, before, after, problemChanged }: RunChange): void {
    const node = this.#nodes.get(directory);
    if (!node || !before || !after) {
      if (!after) this.#nodes.delete(directory);
      this.#changed.fire(undefined);
      return;
    }
    const isSame =
      standing(before) === standing(after) && before.status === after.status && rowCount(before) === rowCount(after);
    if (!isSame || problemChanged) this.#changed.fire(node);
    const sources = [...before.sources, ...after.sources].map(({ file }) => file);
    if (standing(before) !== standing(after) || !isDeepStrictEqual(before.sources, after.sources))
      this.#refreshSources(sources);
  }

  /** Redraws the rounds of these checkpoints. Needed when a run that started from one of the checkpoints has changed. */
  #refreshSources(files: string[]): void {
    for (const file of files) {
      const round = this.#nodes.get(`round:${file}`);
      if (round) this.#changed.fire(round);
    }
  }

  /** Returns the same object for the same row, because VS Code identifies rows by their objects. */
  #kept(node: RunNode): RunNode {
    const id = idOf(node);
    const kept = this.#nodes.get(id) ?? node;
    this.#nodes.set(id, kept);
    return kept;
  }
}

function rowCount(run: Parameters<typeof rowsOf>[0]): number {
  return rowsOf(run).length;
}
