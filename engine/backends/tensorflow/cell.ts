/** Cells that move between tfjs and the graphs that compute with them. */
import { keep, type Tensor } from '@tensorflow/tfjs-core';
import type { Cell } from '../backend';

/** A cell whose newest value is a tensor of tfjs, or stands in a variable of the graph that left it, or both. */
export class VariableCell<T extends Tensor = Tensor> implements Cell<T> {
  /** Counts the values; a graph has the newest if it has this one. */
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

  /** From now on the newest value, the same as before unless `changed`, stands where `holder` finds it. The caller disposes of the tensor, if there was one. */
  handOver(holder: () => T, changed: boolean): T | undefined {
    const { tensor } = this;
    this.tensor = undefined;
    this.holder = holder;
    if (changed) this.version++;
    return tensor;
  }

  /** Until `endTrial`, what replaces the value is put aside. */
  beginTrial(): void {
    this.trial = { left: undefined };
  }

  /** What replaced the value last since `beginTrial`. */
  get left(): T | undefined {
    return this.trial?.left;
  }

  /** Goes on as if nothing had been since `beginTrial`. */
  endTrial(): void {
    this.trial = undefined;
  }

  /** Takes the newest value out of the graph that holds it, if one does, before that goes. */
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

/** Cells of a backend's computations are its own. */
export function asVariableCell(cell: Cell): VariableCell {
  if (cell instanceof VariableCell) return cell as VariableCell;
  throw new Error('a cell of another backend');
}
