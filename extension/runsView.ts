import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import type { EngineClient } from './engine';
import { PathMap } from './paths';
import type { RunColors } from './runColors';
import { checkpointItem, derivedItem, roundItem, runItem, unreadableItem } from './runItems';
import type { RunNode } from './runNodes';
import { idOf, rowsOf, rowsOfRound } from './runNodes';
import type { RunChange, Runs } from './runs';
import { rowsOfSeries, seriesItem, type SeriesNode } from './seriesItems';
import { seriesKey, type SeriesList } from './seriesList';
import { standing } from './words';

type Node = RunNode | SeriesNode;

/** What the tree uses of the other objects of the extension. */
interface TreeServices {
  runs: Runs;
  colors: RunColors;
  series: SeriesList;
  engine: Pick<EngineClient, 'request'>;
}

function isOfSeries(node: Node): node is SeriesNode {
  return node.kind === 'series' || node.kind === 'member' || node.kind === 'seriesProblem';
}

/**
 * The tree of runs and series. A run contains its rounds. A round contains its checkpoint, and the runs that started from that checkpoint.
 * A series contains its checkpoints.
 */
export class RunsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #nodes = new PathMap<RunNode>();
  readonly #series = new Map<string, SeriesNode>();
  readonly #view: vscode.TreeView<Node>;
  private readonly runs: Runs;
  private readonly colors: RunColors;
  readonly #subscriptions: vscode.Disposable;

  constructor(private readonly services: TreeServices) {
    const { runs, colors, series } = services;
    this.runs = runs;
    this.colors = colors;
    this.#view = vscode.window.createTreeView('winningSign.runs', { treeDataProvider: this, canSelectMany: true });
    this.#subscriptions = vscode.Disposable.from(
      this.#view,
      this.#changed,
      runs.onDidChange((change) => {
        this.#refresh(change);
      }),
      series.onDidChange((targets) => {
        this.#changed.fire(targets && this.#seriesNode(targets));
      }),
    );
  }

  async getChildren(parent?: Node): Promise<Node[]> {
    if (!parent) {
      await this.runs.ready();
      const runs = this.runs.all().map(({ directory }) => this.#kept({ kind: 'run', directory }));
      const unreadable = this.runs.unreadable().map((directory) => this.#kept({ kind: 'unreadable', directory }));
      return [...runs, ...unreadable, ...this.#seriesNodes()];
    }
    if (isOfSeries(parent)) return parent.kind === 'series' ? rowsOfSeries(this.services.engine, parent.targets) : [];
    const run = this.runs.get(parent.directory);
    if (!run) return [];
    if (parent.kind === 'run') return rowsOf(run).map((node) => this.#kept(node));
    return parent.kind === 'round' ? rowsOfRound(parent.file, parent.directory, this.runs.all()) : [];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    if (isOfSeries(node)) return seriesItem(node);
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

  /** Returns the nodes of all series, and forgets those of series that were removed. */
  #seriesNodes(): SeriesNode[] {
    const all = this.services.series.all();
    const keys = new Set(all.map(seriesKey));
    for (const key of this.#series.keys()) if (!keys.has(key)) this.#series.delete(key);
    return all.map((targets) => this.#seriesNode(targets));
  }

  #seriesNode(targets: readonly string[]): SeriesNode {
    const key = seriesKey(targets);
    const node = this.#series.get(key) ?? { kind: 'series', targets };
    this.#series.set(key, node);
    return node;
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
