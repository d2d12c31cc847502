/** Describes the parts of a layer that are pruned as a whole. */
import type { LayerParts, LayerStructure } from '../vocabulary/overview';
import { hasKernels, type MaskAxes } from './maskAxes';
import type { FoundParts } from './maskTally';

/** Returns the structure of a layer. `isDense` says that nothing is pruned. `heads` is absent if their number is not known. */
export function structureOf(
  { layout, isDense, heads }: { layout: string; isDense: boolean; heads?: LayerStructure['heads'] | undefined },
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
    ...(heads && { heads }),
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

/**
 * Returns the probability that a random mask fits a pattern, if each of `count` weights is kept with probability `kept` / `count`: that of
 * at most N kept weights in a group (binomial distribution), to the power of the number of groups. Returns undefined for `none`.
 */
export function chanceOfPattern(pattern: string, { count, kept }: { count: number; kept: number }): number | undefined {
  if (pattern === 'none') return undefined;
  const [n = 0, m = 1] = pattern.split(':').map(Number);
  const share = kept / count;
  let fits = 0;
  for (let k = 0, ways = 1; k <= n; ways *= (m - k) / (k + 1), k++) fits += ways * share ** k * (1 - share) ** (m - k);
  return Math.min(fits, 1) ** (count / m);
}

function partsOf(count: number, alive: number): LayerParts {
  return { count, dead: count - alive };
}
