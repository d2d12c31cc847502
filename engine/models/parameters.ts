/** Counts the parameters of a network. */
import { layerNameOf, sizeOf } from '../tensors';
import type { LayerShape } from '../vocabulary/checkpoint';
import type { Architecture } from './network';

/** Numbers of prunable and of all parameters. A sparsity is a fraction of either number. */
export interface ParameterCounts {
  layers: LayerShape[];
  parameters: { prunable: number; all: number };
}

/** Returns the shapes of the prunable layers, and the numbers of prunable and of all parameters. Buffers do not count as parameters. */
export function countParameters(architecture: Architecture): ParameterCounts {
  const prunable = architecture.entries.filter((entry) => entry.prunable);
  const layers = prunable.map(({ name, shape }) => ({
    name: layerNameOf(name),
    shape: [...shape],
    count: sizeOf(shape),
  }));
  const sum = (entries: readonly { shape: readonly number[] }[]) =>
    entries.reduce((total, { shape }) => total + sizeOf(shape), 0);
  const all = architecture.entries.filter((entry) => entry.role !== 'buffer');
  return { layers, parameters: { prunable: sum(prunable), all: sum(all) } };
}
