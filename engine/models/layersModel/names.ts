/** Checks the names of layers, which become parts of the names of tensors. */
import type { TopologyLayer } from '../../vocabulary/runOptions';
import { refusedLayer } from './config';

/** Letters, digits and some signs. */
const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.>/ -]{0,199}$/u;
const RESERVED = ['__proto__', 'constructor', 'prototype', '__metadata__'];

/** Throws UserError for a name that cannot be used, or that two layers have. */
export function checkNames(layers: readonly TopologyLayer[], file: string): void {
  const known = new Set<string>();
  for (const layer of layers) {
    const { name } = layer;
    const rename = 'Rename the layer and export the model again';
    if (!NAME.test(name) || RESERVED.includes(name) || name.endsWith('_weight') || name.endsWith('_bias'))
      throw refusedLayer(file, layer, { is: 'has a name that cannot be the name of a tensor', remedy: rename });
    if (known.has(name)) throw refusedLayer(file, layer, { is: 'has the name of another layer', remedy: rename });
    known.add(name);
  }
}
