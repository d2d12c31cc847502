/** Whether tensors are those of an architecture, asked of files before a run is made of them and of networks before they are trained. */
import { UserError } from '../errors';
import type { NetworkState } from '../tensors';
import type { Architecture } from './network';

/**
 * Refuses tensors that an architecture cannot take: the first that is missing, of another shape, or a parameter too many is named, and
 * `place` that they are from. What is no parameter, or an optimizer's, is nobody's business here.
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
      ? 'its names begin with “module.”: save the state_dict of model.module'
      : role === 'buffer' && !found
        ? 'save it with the buffers of its normalization (state_dict())'
        : 'give the run the model of the checkpoint';
    throw new UserError(
      `${place} does not fit this run: tensor ${name} is ${found ? shapeText(found.shape) : 'missing'} in it, and must be ${shapeText(shape)} for ${model}; ${remedy}.`,
    );
  }
  const known = new Set(entries.map(({ name }) => name));
  const extra = [...tensors.keys()].find((name) => PARAMETER.test(name) && !known.has(name));
  if (extra !== undefined)
    throw new UserError(
      `${place} does not fit this run: it holds ${extra}, which ${model} has not; give the run the model of the checkpoint.`,
    );
}

const PARAMETER = /^(?!optimizer\/).+\.(weight|bias)$/s;

/** `16 × 3 × 3 × 3`. */
export function shapeText(shape: readonly number[]): string {
  return shape.join(' × ') || 'a scalar';
}

/** A network that diverged, or was damaged: what is not finite makes all else so, pruned weights too. */
export function checkFinite(checkpoint: string, { tensors }: NetworkState): void {
  for (const [name, { dtype, data }] of tensors) {
    if (dtype !== 'F32') continue;
    for (const value of data) if (!Number.isFinite(value)) throw notFinite(checkpoint, name);
  }
}

export function notFinite(checkpoint: string, tensor: string): UserError {
  return new UserError(
    `${checkpoint} holds values that are not finite in ${tensor}; it can be neither trained nor interpolated.`,
  );
}
