/** Counts the heads of a projection of attention that have a kept weight, piece by piece. */
import type { LayerParts } from '../vocabulary/overview';

/** Describes the heads of a weight: weight i belongs to head ⌊i / inner⌋ mod count. */
export interface HeadAxis {
  count: number;
  /** Number of weights of one head that are next to each other. */
  inner: number;
  /** A phrase that says where the number of heads comes from. */
  rule: string;
}

export class HeadTally {
  readonly #axis: HeadAxis;
  readonly #alive: Uint8Array;
  #dead: number;

  constructor(axis: HeadAxis) {
    this.#axis = axis;
    this.#alive = new Uint8Array(axis.count);
    this.#dead = axis.count;
  }

  /** Adds the mask of the weights that follow the first `from` ones, as bytes of 0 or 1. */
  add(kept: Uint8Array, from: number): void {
    const { count, inner } = this.#axis;
    for (let i = 0; i < kept.length && this.#dead > 0;) {
      const end = Math.min(kept.length, i + inner - ((from + i) % inner));
      const head = Math.floor((from + i) / inner) % count;
      if (this.#alive[head] === 0 && kept.subarray(i, end).includes(1)) {
        this.#alive[head] = 1;
        this.#dead--;
      }
      i = end;
    }
  }

  found(): LayerParts & { rule: string } {
    return { count: this.#axis.count, dead: this.#dead, rule: this.#axis.rule };
  }
}
