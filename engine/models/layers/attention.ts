/** The parts of transformers: attention, class token and positions. */
import { add, type Tensor2D, type Tensor3D } from '@tensorflow/tfjs-core';
import type { Initializer } from '../network';
import { compose, operation, type Layer } from './layer';

/**
 * Self-attention of several heads. `projection` maps a token to its query, key and value, one after another. `output` joins the results of
 * the heads.
 */
export function selfAttention({
  projection,
  output,
  heads,
}: {
  projection: Layer;
  output: Layer;
  heads: number;
}): Layer<Tensor3D> {
  return compose([projection, output], (x, net) => {
    const projected = projection.forward(x, net) as Tensor3D;
    return output.forward(net.attention(projected, heads), net) as Tensor3D;
  });
}

/** x + branch(norm(x)), the half of a transformer's block. */
export function normalizedBranch(norm: Layer, branch: Layer): Layer<Tensor3D> {
  return compose([norm, branch], (x, net) => add(x, branch.forward(norm.forward(x, net), net)));
}

/** Puts a learned token before the tokens of each sequence. The entry is [1, 1, dim]. */
export function classToken(name: string, dim: number, initializer: Initializer): Layer<Tensor3D> {
  const entry = { name, shape: [1, 1, dim], dtype: 'F32', role: 'classToken', prunable: false, initializer } as const;
  return { entries: [entry], forward: (x, net) => net.prependToken(x, name) };
}

/** Adds a learned position to each token. The entry is [1, tokens, dim]. */
export function positions(name: string, [tokens, dim]: [number, number], initializer: Initializer): Layer<Tensor3D> {
  const shape = [1, tokens, dim];
  const entry = { name, shape, dtype: 'F32', role: 'embedding', prunable: false, initializer } as const;
  return { entries: [entry], forward: (x, net) => net.addPositions(x, name) };
}

/** The first token of each sequence: [N, T, dim] → [N, dim]. */
export const firstToken: Layer<Tensor3D, Tensor2D> = operation((x, net) => net.takeToken(x, 0));
