import type { RunTree } from './grow';
import { looksOf, type Looks } from './looks';
import { filesOf, type Row, runsOf } from './rows';

/**
 * A row as VS Code knows it. It is the same object as long as there is a row with its id, because VS Code identifies rows by their objects.
 * Commands receive it as their argument, and read its fields.
 */
export class RunNode {
  children: RunNode[] | undefined;

  /** @param looks the looks that VS Code has drawn, to find out whether it must draw again */
  constructor(
    public row: Row,
    public looks: Looks,
    readonly parent?: RunNode,
  ) {}

  /** The directory of the run, if the row is a run. */
  get directory(): string | undefined {
    if (this.row.kind === 'unreadable') return this.row.directory;
    return this.row.kind === 'run' ? this.row.run.directory : undefined;
  }

  /** The directories of all runs of the row. */
  get directories(): string[] {
    if (this.row.kind === 'unreadable') return [this.row.directory];
    return runsOf(this.row).map(({ directory }) => directory);
  }

  /** The checkpoint of the row, of a run its final one; of a study its study file. */
  get file(): string | undefined {
    if (this.row.kind === 'study') return this.row.file;
    const { files } = this;
    return files.length === 1 ? files[0] : undefined;
  }

  get files(): string[] {
    return filesOf(this.row);
  }
}

/** The nodes that VS Code must draw again. */
export interface Changes {
  /** The highest nodes that look different or have other rows below them. VS Code also draws the rows below them. */
  changed: RunNode[];
  /** Other nodes of which only the figures are different. */
  progressed: RunNode[];
}

/** Gives nodes the rows of a new tree. Returns `all` if these are no longer the nodes of these rows. */
export function changedNodes(nodes: readonly RunNode[], rows: readonly Row[], tree: RunTree): Changes | 'all' {
  const changes: Changes = { changed: [], progressed: [] };
  return collect(changes, { nodes, rows }, tree) ? changes : 'all';
}

/** Adds the changes of some nodes and of those below. Returns false if they are no longer the nodes of these rows. */
function collect(
  changes: Changes,
  { nodes, rows }: { nodes: readonly RunNode[]; rows: readonly Row[] },
  tree: RunTree,
): boolean {
  if (nodes.length !== rows.length || nodes.some((node, place) => node.row.id !== rows[place]!.id)) return false;
  nodes.forEach((node, place) => {
    const row = rows[place]!;
    const before = node.looks;
    if (node.row !== row) [node.row, node.looks] = [row, looksOf(row)];
    const { changed, progressed } = changes;
    const [own, others] = [changed.length, progressed.length];
    const hasRows = !node.children || collect(changes, { nodes: node.children, rows: tree.below(row) }, tree);
    if (hasRows && node.looks.state === before.state) {
      if (node.looks.figures !== before.figures) progressed.push(node);
      return;
    }
    [changed.length, progressed.length] = [own, others]; // VS Code draws them with this node
    changed.push(node);
  });
  return true;
}
