/** Finds the parts of a layer that are pruned as a whole, piece by piece. */
import { groupSizes, hasKernels, type MaskAxes } from './maskAxes';

/** What the pieces of a mask have in common. */
export interface FoundParts {
  /** Numbers of rows, columns and kernels (`MaskAxes`) with a kept weight. `kernels` is 0 if a kernel is a single weight. */
  alive: { rows: number; columns: number; kernels: number };
  /** For each size of groups that divides the input axis, the greatest number of kept weights in a group. */
  most: Map<number, number>;
}

export interface MaskTally {
  /** Adds the mask of the weights that follow the first `from` ones, as bytes of 0 or 1. */
  add(kept: Uint8Array, from: number): void;
  found(): FoundParts;
}

/** Counts any mask weight by weight, in pieces of any length. */
export function maskTallyByValue(axes: MaskAxes): MaskTally {
  const { rows, columns, trail } = axes;
  const rowFlags = new Uint8Array(rows);
  const columnFlags = new Uint8Array(columns);
  const kernelFlags = new Uint8Array(hasKernels(axes) ? rows * columns : 0);
  const groups = groupTally(axes);
  return {
    add(kept, from) {
      let at = from % trail;
      let column = Math.floor(from / trail) % columns;
      let row = Math.floor(from / (trail * columns)) % rows;
      // eslint-disable-next-line @typescript-eslint/prefer-for-of -- takes a third of the time
      for (let i = 0; i < kept.length; i++) {
        if (kept[i] === 1) {
          rowFlags[row] = columnFlags[column] = 1;
          if (kernelFlags.length > 0) kernelFlags[row * columns + column] = 1;
        }
        if (++at < trail) continue;
        at = 0;
        if (++column < columns) continue;
        column = 0;
        if (++row === rows) row = 0;
      }
      groups.add(kept, from);
    },
    found: () => ({
      alive: { rows: onesIn(rowFlags), columns: onesIn(columnFlags), kernels: onesIn(kernelFlags) },
      most: groups.most,
    }),
  };
}

function onesIn(flags: Uint8Array): number {
  let ones = 0;
  // eslint-disable-next-line @typescript-eslint/prefer-for-of -- takes a tenth of the time, and a layer may have millions of inputs
  for (let i = 0; i < flags.length; i++) ones += flags[i]!;
  return ones;
}

/** Counts kept weights in groups along the input axis. */
function groupTally(axes: MaskAxes): { add: MaskTally['add']; most: Map<number, number> } {
  const sizes = groupSizes(axes);
  const { length, stride } = axes.input ?? { length: 1, stride: 1 };
  const most = new Map(sizes.map((size) => [size, 0]));
  const sums = sizes.map((size) => ({ size, counts: new Uint8Array(stride), most: 0 }));
  return {
    most,
    add(kept, from) {
      for (const sum of sums) {
        const { size, counts } = sum;
        let place = from % stride;
        let input = Math.floor(from / stride) % length;
        // eslint-disable-next-line @typescript-eslint/prefer-for-of -- takes a third of the time
        for (let i = 0; i < kept.length; i++) {
          const count = (counts[place]! += kept[i]!);
          if (count > sum.most) sum.most = count;
          if (input % size === size - 1) counts[place] = 0;
          if (++place < stride) continue;
          place = 0;
          if (++input === length) input = 0;
        }
        most.set(size, sum.most);
      }
    },
  };
}
