/** Finds structure and magnitudes weight by weight, from the indexes of each weight. Slow, and without any code of the engine. */
import type { LayerStructure, Magnitudes } from '../../../engine/protocol';

interface Masked {
  shape: readonly number[];
  layout: string;
  mask: Uint8Array;
}

/** Returns the structure of a mask of 0 and 1. */
export function structureByValue({ shape, layout, mask }: Masked): LayerStructure {
  const isDepthwise = layout.includes('M');
  const axesOf = (letters: string) =>
    Array.from(layout).flatMap((letter, axis) => (letters.includes(letter) ? [axis] : []));
  const [outputAxes, inputAxes] = [axesOf(isDepthwise ? 'IM' : 'O'), axesOf('I')];
  const kernelAxes = [...axesOf('OIM')];
  const indexesOf = (i: number) => {
    const indexes: number[] = [];
    for (let axis = shape.length - 1, rest = i; axis >= 0; axis--) {
      indexes[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return indexes;
  };
  const keyOf = (indexes: number[], axes: number[]) =>
    axes.reduce((index, axis) => index * shape[axis]! + indexes[axis]!, 0);
  const sizeOf = (axes: number[]) => axes.reduce((product, axis) => product * shape[axis]!, 1);
  const alive = { outputs: new Set<number>(), inputs: new Set<number>(), kernels: new Set<number>() };
  const inputLength = sizeOf(inputAxes);
  const otherAxes = [...shape.keys()].filter((axis) => !inputAxes.includes(axis));
  const groups = new Map([2, 4, 8, 16].map((m) => [m, new Map<number, number>()]));
  for (const [i, kept] of mask.entries()) {
    if (kept === 0) continue;
    const indexes = indexesOf(i);
    alive.outputs.add(keyOf(indexes, outputAxes));
    alive.inputs.add(keyOf(indexes, inputAxes));
    alive.kernels.add(keyOf(indexes, kernelAxes));
    const input = keyOf(indexes, inputAxes);
    const place = keyOf(indexes, otherAxes);
    for (const [m, counts] of groups) {
      const key = place * inputLength + Math.floor(input / m);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  const patterns = [...groups].flatMap(([m, counts]) => {
    const most = Math.max(0, ...counts.values());
    const n = [1, 2, 4, 8].find((limit) => most <= limit && limit <= m / 2);
    return n === undefined || inputLength % m !== 0 ? [] : [{ n, m }];
  });
  const [strictest] = patterns.sort((a, b) => a.n / a.m - b.n / b.m || a.m - b.m);
  const hasPattern = strictest && inputAxes.length > 0 && !isDepthwise && !mask.every((kept) => kept === 1);
  const parts = (axes: number[], set: Set<number>) => ({ count: sizeOf(axes), dead: sizeOf(axes) - set.size });
  const isKernel = kernelAxes.length < shape.length && sizeOf(kernelAxes) < mask.length;
  return {
    pattern: hasPattern ? `${strictest.n}:${strictest.m}` : 'none',
    ...(inputAxes.length === 1 && !isDepthwise && { patternAxis: inputAxes[0]! }),
    outputs: layout === 'O' ? { count: shape[0]!, dead: 0 } : parts(outputAxes, alive.outputs),
    ...(inputAxes.length > 0 && { inputs: parts(inputAxes, alive.inputs) }),
    ...((isKernel || isDepthwise) && { kernels: parts(kernelAxes, alive.kernels) }),
  };
}

/** Returns the magnitudes of float32 weights. */
export function magnitudesByValue(weights: ArrayLike<number>, mask: ArrayLike<number>): Magnitudes {
  const counts = new Map<number, number>();
  let [smallestKept, largestPruned] = [Infinity, 0];
  for (let i = 0; i < weights.length; i++) {
    const magnitude = Math.abs(weights[i]!);
    if (!Number.isFinite(magnitude)) continue;
    if (mask[i] === 0) largestPruned = Math.max(largestPruned, magnitude);
    else {
      smallestKept = Math.min(smallestKept, magnitude);
      if (magnitude === 0) continue;
      const exponent = exponentOf(magnitude);
      counts.set(exponent, (counts.get(exponent) ?? 0) + 1);
    }
  }
  const first = counts.size === 0 ? 0 : Math.min(...counts.keys());
  const length = counts.size === 0 ? 0 : Math.max(...counts.keys()) - first + 1;
  return {
    histogram: { first, counts: Array.from({ length }, (_, i) => counts.get(first + i) ?? 0) },
    smallestKept: smallestKept === Infinity ? NaN : smallestKept,
    ...(largestPruned > 0 && { largestPruned }),
  };
}

const POWERS = Array.from({ length: 255 }, (_, i) => 2 ** (i - 127));

/** Returns the greatest of the exponents from -127 to 127 whose power of two is not greater than a number, or -127. */
function exponentOf(magnitude: number): number {
  let [least, most] = [0, POWERS.length - 1];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (magnitude >= POWERS[middle]!) least = middle;
    else most = middle - 1;
  }
  return least - 127;
}
