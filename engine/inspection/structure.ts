/** Describes the parts of a layer that are pruned as a whole. */
import type { LayerParts, LayerStructure } from '../vocabulary/overview';
import { hasKernels, type MaskAxes } from './maskAxes';
import type { FoundParts } from './maskTally';

/** Returns the structure of a layer. `isDense` says that nothing is pruned. */
export function structureOf(
  { layout, isDense }: { layout: string; isDense: boolean },
  axes: MaskAxes,
  { alive, most }: FoundParts,
): LayerStructure {
  const { rows, columns, rowsAre } = axes;
  const kernels = partsOf(rows * columns, alive.kernels);
  const ofRows = partsOf(rows, alive.rows);
  const ofColumns = partsOf(columns, alive.columns);
  const outputs = { vector: partsOf(rows, rows), outputs: ofRows, inputs: ofColumns, depthwise: kernels }[rowsAre];
  const inputs = { vector: undefined, outputs: ofColumns, inputs: ofRows, depthwise: ofRows }[rowsAre];
  const axis = layout.indexOf('I');
  const hasAxis = axes.input !== undefined && axis === layout.lastIndexOf('I');
  return {
    pattern: isDense ? 'none' : patternOf(most),
    ...(hasAxis && { patternAxis: axis }),
    outputs,
    ...(inputs && { inputs }),
    ...(hasKernels(axes) && { kernels }),
  };
}

/**
 * Returns the strictest pattern N:M, which keeps the smallest share of the weights. If two patterns keep the same share, returns the one with
 * the smaller groups, because the other one follows from it.
 */
function patternOf(most: ReadonlyMap<number, number>): string {
  const patterns = [...most].map(([m, kept]) => ({ n: Math.max(1, 2 ** Math.ceil(Math.log2(kept))), m }));
  const fitting = patterns.filter(({ n, m }) => n <= m / 2).sort((a, b) => a.n / a.m - b.n / b.m || a.m - b.m);
  const [strictest] = fitting;
  return strictest ? `${strictest.n}:${strictest.m}` : 'none';
}

function partsOf(count: number, alive: number): LayerParts {
  return { count, dead: count - alive };
}
