/** Checks that tensors fit an architecture. This is checked for files before a run is made, and for networks before training. */
import { UserError } from '../errors';
import type { NetworkState } from '../tensors';
import type { Architecture } from './network';

/**
 * Throws UserError with `place` if tensors do not fit an architecture. The message names the first tensor that is missing or has a
 * wrong shape, or else an unknown parameter. Other tensors, and those of an optimizer, are ignored.
 */
export function checkFit(
  place: string,
  tensors: ReadonlyMap<string, { shape: readonly number[] }>,
  { name: model, entries }: Architecture,
): void {
  for (const { name, shape, role } of entries) {
    const found = tensors.get(name);
    if (found?.shape.join() === shape.join()) continue;
    const remedy = tensors.has(`module.${name}`)
      ? 'The names in the file begin with “module.”. Save model.module.state_dict() instead'
      : role === 'buffer' && !found
        ? 'Save the whole state_dict() of the model, which includes the buffers of its normalization layers'
        : 'Set "model" to the architecture of the checkpoint';
    throw new UserError(
      `${place} does not fit this run: tensor ${name} is ${found ? shapeText(found.shape) : 'missing'}, but must be ${shapeText(shape)} for ${model}. ${remedy}.`,
    );
  }
  const known = new Set(entries.map(({ name }) => name));
  const extra = [...tensors.keys()].find((name) => PARAMETER.test(name) && !known.has(name));
  if (extra !== undefined)
    throw new UserError(
      `${place} does not fit this run: it has ${extra}, but ${model} has no such parameter. Set "model" to the architecture of the checkpoint.`,
    );
}

const PARAMETER = /^(?!optimizer\/).+\.(weight|bias)$/s;

/** Returns a shape as text, such as `16 × 3 × 3 × 3`. */
export function shapeText(shape: readonly number[]): string {
  return shape.join(' × ') || 'a scalar';
}

/**
 * Throws UserError if a network has values that are not finite. Such a network has diverged or is corrupt, and one such value makes
 * the loss NaN.
 */
export function checkFinite(checkpoint: string, { tensors }: NetworkState): void {
  for (const [name, { dtype, data }] of tensors) {
    if (dtype !== 'F32') continue;
    for (const value of data) if (!Number.isFinite(value)) throw notFinite(checkpoint, name);
  }
}

export function notFinite(checkpoint: string, tensor: string): UserError {
  return new UserError(
    `${checkpoint} has NaN or infinite values in ${tensor}, so it cannot be trained or interpolated. Choose another checkpoint.`,
  );
}
