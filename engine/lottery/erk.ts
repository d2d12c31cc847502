/** The densities of layers by the Erdős–Rényi kernel rule (Evci et al. 2020, “Rigging the Lottery”). */
import { sumOf } from '../collections';
import { sizeOf } from '../tensors';

/**
 * Returns the density of each layer. It is proportional to (sum of the dimensions) / (product of the dimensions), so that small layers are
 * denser, and all layers together have the density `density`. Layers that would exceed 1 are dense; the others share the rest by the same rule.
 * @param shapes shapes of the weights, in PyTorch's layout
 * @param density in [0, 1]
 */
export function erkDensities(shapes: readonly (readonly number[])[], density: number): number[] {
  const raw = shapes.map((shape) => shape.reduce((sum, dimension) => sum + dimension, 0) / sizeOf(shape));
  const sizes = shapes.map(sizeOf);
  const total = density * sizes.reduce((sum, size) => sum + size, 0);
  const dense = new Set<number>();
  for (;;) {
    const isFree = (_: unknown, layer: number) => !dense.has(layer);
    const left = total - sumOf([...dense].map((layer) => sizes[layer]!));
    const scale = left / sumOf(raw.map((one, layer) => one * sizes[layer]!).filter(isFree));
    const largest = Math.max(...raw.filter(isFree));
    if (dense.size === shapes.length || largest * scale <= 1)
      return raw.map((one, layer) => (dense.has(layer) ? 1 : one * scale));
    raw.forEach((one, layer) => {
      if (one === largest) dense.add(layer);
    });
  }
}
