/** Cells that move between tfjs and the graphs that compute with them. */
import { keep, type Tensor } from '@tensorflow/tfjs-core';
import type { Cell } from '../backend';

/** A cell whose newest value is a tfjs tensor, or a variable of the graph that wrote it, or both. */
export class VariableCell<T extends Tensor = Tensor> implements Cell<T> {
  /** Number of the newest value; a graph with this number has it. */
  version = 0;
  private tensor: T | undefined;
  private holder: (() => T) | undefined;
  private trial: { left: T | undefined } | undefined;

  constructor(value: T) {
    this.tensor = keep(value);
  }

  read(): T {
    return this.trial?.left ?? (this.tensor ??= keep(this.holder!()));
  }

  replace(next: T): void {
    if (this.trial) {
      this.trial.left = next;
      return;
    }
    this.tensor?.dispose();
    this.tensor = keep(next);
    this.holder = undefined;
    this.version++;
  }

  /** Makes `holder` the source of the newest value, which is the same as before unless `changed`. The caller disposes the old tensor, if any. */
  handOver(holder: () => T, changed: boolean): T | undefined {
    const { tensor } = this;
    this.tensor = undefined;
    this.holder = holder;
    if (changed) this.version++;
    return tensor;
  }

  /** Starts a trial: until `endTrial`, new values do not replace the old one. */
  beginTrial(): void {
    this.trial = { left: undefined };
  }

  /** Returns the last replacement since `beginTrial`. */
  get left(): T | undefined {
    return this.trial?.left;
  }

  /** Restores the state before `beginTrial`. */
  endTrial(): void {
    this.trial = undefined;
  }

  /** Copies the newest value out of the graph that holds it, before that graph is closed. */
  detach(): void {
    if (!this.holder) return;
    this.read();
    this.holder = undefined;
  }

  dispose(): void {
    this.tensor?.dispose();
    this.tensor = undefined;
    this.holder = undefined;
  }
}

/** Checks that a cell belongs to this backend. */
export function asVariableCell(cell: Cell): VariableCell {
  if (cell instanceof VariableCell) return cell as VariableCell;
  throw new Error('a cell of another backend');
}
