import type { RunTree } from './grow';
import { looksOf } from './looks';
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
    public looks: string,
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

/**
 * Gives nodes the rows of a new tree. Returns the highest nodes that look different or have other rows below them, or `all` if these are no
 * longer the nodes of these rows.
 */
export function changedNodes(nodes: readonly RunNode[], rows: readonly Row[], tree: RunTree): RunNode[] | 'all' {
  if (nodes.length !== rows.length || nodes.some((node, place) => node.row.id !== rows[place]!.id)) return 'all';
  return nodes.flatMap((node, place) => {
    const row = rows[place]!;
    const looks = node.row === row ? node.looks : looksOf(row);
    const isSame = looks === node.looks;
    [node.row, node.looks] = [row, looks];
    const below = node.children ? changedNodes(node.children, tree.below(row), tree) : [];
    return isSame && below !== 'all' ? below : [node];
  });
}
