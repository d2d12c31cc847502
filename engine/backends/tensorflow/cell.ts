/** Cells that are shared between tfjs and TensorFlow graphs. */
import { keep, type Tensor } from '@tensorflow/tfjs-core';
import type { Cell } from '../backend';

/** A cell whose newest value is in a tfjs tensor, in a variable of the graph that computed it, or in both. */
export class VariableCell<T extends Tensor = Tensor> implements Cell<T> {
  /** Number of the newest value. A graph stores the number of the value that its variable has. */
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

  /**
   * Makes `holder` the source of the newest value. `changed` says whether the value differs from the previous one. Returns the old tensor,
   * if any, which the caller disposes.
   */
  handOver(holder: () => T, changed: boolean): T | undefined {
    const { tensor } = this;
    this.tensor = undefined;
    this.holder = holder;
    if (changed) this.version++;
    return tensor;
  }

  /** Starts a trial. Until `endTrial`, new values are remembered but do not replace the old one. */
  beginTrial(): void {
    this.trial = { left: undefined };
  }

  /** Returns the last new value since `beginTrial`, if there is one. */
  get left(): T | undefined {
    return this.trial?.left;
  }

  /** Ends the trial. The cell has the same value as before `beginTrial`. */
  endTrial(): void {
    this.trial = undefined;
  }

  /** Copies the newest value out of its graph. Call this before the graph is closed. */
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

/** Throws if a cell does not belong to this backend. */
export function asVariableCell(cell: Cell): VariableCell {
  if (cell instanceof VariableCell) return cell as VariableCell;
  throw new Error('a cell of another backend');
}
