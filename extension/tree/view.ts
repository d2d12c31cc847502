import * as vscode from 'vscode';
import type { EngineClient } from '../engine';
import type { Runs } from '../runs';
import { seriesKey, type SeriesList } from '../seriesList';
import { RunTree } from './grow';
import { itemOf } from './items';
import { looksOf } from './looks';
import { changedNodes, RunNode } from './node';
import type { Row } from './rows';
import { rowsOfSeries, seriesItem, type SeriesNode } from './seriesItems';
import { tooltipOf } from './tooltips';
import { Throttle } from '../throttle';

export type Node = RunNode | SeriesNode;

/** Shortest time in ms between two updates that change only figures. VS Code closes the menu of a row whenever a row is drawn again. */
const PROGRESS_MS = 2_000;

/** What the tree uses of the other objects of the extension. */
interface TreeServices {
  runs: Pick<Runs, 'ready' | 'tree' | 'onDidSettle'>;
  series: SeriesList;
  engine: Pick<EngineClient, 'request'>;
}

/** The tree of studies, runs and series. `grow.ts` decides its rows. Only rows that have changed are drawn again. */
export class RunsView implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<Node | Node[] | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #nodes = new Map<string, RunNode>();
  readonly #series = new Map<string, SeriesNode>();
  /** The rows at the top that VS Code knows. Undefined until it has asked for them. */
  #top: RunNode[] | undefined;
  #tree = new RunTree({ runs: [] });
  /** Rows whose figures are not those that VS Code has drawn. */
  readonly #progressed = new Set<RunNode>();
  readonly #progress = new Throttle(() => {
    this.#draw([]);
  }, PROGRESS_MS);
  readonly #view: vscode.TreeView<Node>;
  readonly #subscriptions: vscode.Disposable;

  constructor(private readonly services: TreeServices) {
    const { runs, series } = services;
    this.#view = vscode.window.createTreeView('winningSign.runs', { treeDataProvider: this, canSelectMany: true });
    this.#subscriptions = vscode.Disposable.from(
      this.#view,
      this.#changed,
      this.#progress,
      runs.onDidSettle(() => {
        this.#update();
      }),
      series.onDidChange((targets) => {
        this.#changed.fire(targets && this.#seriesNode(targets));
      }),
    );
  }

  async getChildren(parent?: Node): Promise<Node[]> {
    if (!parent) {
      await this.services.runs.ready();
      this.#tree = this.services.runs.tree();
      this.#top = this.#kept(this.#tree.top(), this.#top);
      return [...this.#top, ...this.#seriesNodes()];
    }
    if (!(parent instanceof RunNode))
      return parent.kind === 'series' ? rowsOfSeries(this.services.engine, parent.targets) : [];
    return this.#childrenOf(parent);
  }

  getTreeItem(node: Node): vscode.TreeItem {
    return node instanceof RunNode ? itemOf(node.row) : seriesItem(node);
  }

  /** Makes the tooltip, which VS Code asks for when the pointer is on the row. */
  resolveTreeItem(item: vscode.TreeItem, node: Node): vscode.TreeItem {
    const tooltip = node instanceof RunNode ? tooltipOf(node.row) : undefined;
    if (tooltip !== undefined) item.tooltip = tooltip;
    return item;
  }

  getParent(node: Node): Node | undefined {
    return node instanceof RunNode ? node.parent : undefined;
  }

  /** Selects and expands the row of a run, if the view is visible. */
  async reveal(directory: string): Promise<void> {
    if (!this.#view.visible) return;
    this.#update();
    this.#top ??= this.#kept(this.#tree.top(), undefined);
    let nodes: readonly RunNode[] = this.#top;
    let last: RunNode | undefined;
    for (const row of this.#tree.pathTo(directory)) {
      last = nodes.find((node) => node.row.id === row.id);
      if (!last) return;
      nodes = this.#childrenOf(last);
    }
    if (last) await this.#view.reveal(last, { select: true, expand: true });
  }

  /** Returns the selected rows. */
  get selection(): readonly Node[] {
    return this.#view.selection;
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  /** Makes the tree again, and draws those rows again that have changed. */
  #update(): void {
    this.#tree = this.services.runs.tree();
    if (!this.#top) return;
    const changes = changedNodes(this.#top, this.#tree.top(), this.#tree);
    if (changes === 'all') {
      this.#progressed.clear();
      this.#changed.fire(undefined);
      return;
    }
    for (const node of changes.progressed) this.#progressed.add(node);
    if (changes.changed.length > 0) this.#draw(changes.changed);
    else if (this.#progressed.size > 0) this.#progress.request();
  }

  /** Draws rows again, and those of which only the figures have changed. */
  #draw(changed: readonly RunNode[]): void {
    const nodes = new Set([...changed, ...this.#progressed]);
    this.#progressed.clear();
    const present = [...nodes].filter((node) => this.#nodes.get(node.row.id) === node);
    if (present.length > 0) this.#changed.fire(present);
  }

  #childrenOf(parent: RunNode): RunNode[] {
    parent.children = this.#kept(this.#tree.below(parent.row), parent.children, parent);
    return parent.children;
  }

  /** Returns the nodes of rows. Forgets those of the earlier nodes whose rows are gone. */
  #kept(rows: readonly Row[], before: readonly RunNode[] | undefined, parent?: RunNode): RunNode[] {
    const nodes = rows.map((row) => {
      const known = this.#nodes.get(row.id);
      if (known?.parent !== parent || !known) return new RunNode(row, looksOf(row), parent);
      [known.row, known.looks] = [row, looksOf(row)];
      return known;
    });
    const now = new Set(nodes);
    for (const node of before ?? []) if (!now.has(node)) this.#forget(node);
    for (const node of nodes) this.#nodes.set(node.row.id, node);
    return nodes;
  }

  #forget(node: RunNode): void {
    if (this.#nodes.get(node.row.id) === node) this.#nodes.delete(node.row.id);
    for (const child of node.children ?? []) this.#forget(child);
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
}
