/** Whether tensors are those of an architecture, asked of files before a run is made of them and of networks before they are trained. */
import { UserError } from '../errors';
import type { Architecture } from './network';

/** Refuses tensors that an architecture cannot take: the first that is missing, or of another shape, is named, and `place` that they are from. */
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
}

/** `16 × 3 × 3 × 3`. */
export function shapeText(shape: readonly number[]): string {
  return shape.join(' × ') || 'a scalar';
}
