/** Operations on sequences of tokens [N, T, dim], as in a vision transformer. */
import { reshape, zeros, type Tensor, type Tensor1D, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import { addBias } from './elementwise';
import { concatAxis, sliceAxis } from './slices';

/** Puts the same token before the tokens of each sequence: x [N, T, dim] → [N, T + 1, dim]. `token` has dim elements, in any shape. */
export function prependToken(x: Tensor3D, token: Tensor): Tensor3D {
  const [n, , dim] = x.shape;
  const rows: Tensor2D = addBias(zeros<Tensor2D['rankType']>([n, dim]), reshape(token, [dim]));
  return concatAxis([reshape(rows, [n, 1, dim]), x], 1) as Tensor3D;
}

/** Adds the same positions to each sequence: x [N, T, dim] + positions, which has T · dim elements, in any shape. */
export function addPositions(x: Tensor3D, positions: Tensor): Tensor3D {
  const [n, tokens, dim] = x.shape;
  const bias: Tensor1D = reshape(positions, [tokens * dim]);
  return reshape(addBias(reshape(x, [n, tokens * dim]), bias), x.shape);
}

/** Returns one token of each sequence: [N, T, dim] → [N, dim]. */
export function takeToken(x: Tensor3D, index: number): Tensor2D {
  const [n, , dim] = x.shape;
  return reshape(sliceAxis(x, 1, { begin: index, size: 1 }), [n, dim]);
}
