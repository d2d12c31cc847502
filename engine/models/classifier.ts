/** Finds the classifier of a network, and whether the one in a checkpoint has another number of classes. */
import { isReshaped } from '../tensors';
import { renamed } from './fit';
import type { Architecture, Entry } from './network';

/** Returns the weight and the bias of the classifier, the last linear layer with an output for each class. */
export function classifierOf({ entries, data }: Pick<Architecture, 'entries' | 'data'>): Entry[] {
  const last = entries.findLast(({ role, shape }) => role === 'weight' && shape.length === 2);
  if (last?.shape[0] !== data.classes) return [];
  const bias = last.name.replace(/weight$/, 'bias');
  return entries.filter(({ name }) => name === last.name || name === bias);
}

/** Returns the number of classes in the classifier of a file, if the rest of its shape is that of this network. */
export function classesIn(
  tensors: ReadonlyMap<string, { shape: readonly number[] }>,
  architecture: Architecture,
): number | undefined {
  const [weight] = classifierOf(architecture);
  const shape = weight && renamed(tensors, architecture).get(weight.name)?.shape;
  return shape?.[0] !== undefined && isReshaped(shape.slice(1), weight!.shape.slice(1)) ? shape[0] : undefined;
}
