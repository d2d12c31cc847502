/** Normalization layers. Their scales and shifts are ψ, which aws interpolates towards their initial values. */
import { reshape, type Tensor4D } from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import type { Entry, Role } from '../network';
import type { Layer } from './layer';

/** The options of a network whose kind of normalization can be chosen. */
export interface NormOptions {
  norm: 'batch' | 'group' | 'none';
  /** Number of groups of group norm. */
  groups: number;
}

/** Makes the normalization of images with this many channels, followed by relu if `relu`. */
export type Normalization = (name: string, channels: number, options?: { relu?: boolean }) => Layer;

/** Returns the chosen kind of normalization. `none` has no entries. Throws UserError if the groups do not divide the channels. */
export function normalization({ norm, groups }: NormOptions): Normalization {
  if (norm === 'batch') return batchNorm;
  if (norm === 'none')
    return (_name, _channels, { relu = false } = {}) => ({
      entries: [],
      forward: (x, net) => (relu ? net.relu(x) : x),
    });
  return (name, channels, options) => {
    if (channels % groups !== 0)
      throw new UserError(
        `model.options.groups is ${groups}, but ${name} has ${channels} channels, which cannot be divided into ${groups} equal groups. Choose another number of groups or channels.`,
        { field: 'model.options.groups' },
      );
    return groupNorm(name, channels, { ...options, groups });
  };
}

/** Batch norm of images [N, H, W, C] or of rows [N, C], followed by relu if `relu`. */
export function batchNorm(name: string, channels: number, { relu = false } = {}): Layer {
  const buffer = { dtype: 'F32', shape: [channels], role: 'buffer' } as const;
  return {
    entries: [
      ...psi(name, channels),
      constant(`${name}.running_mean`, 0, buffer),
      constant(`${name}.running_var`, 1, buffer),
      constant(`${name}.num_batches_tracked`, 0, { dtype: 'I64', shape: [], role: 'buffer' }),
    ],
    forward(x, net) {
      if (x.rank === 4) return net.batchNorm(x as Tensor4D, name, { relu });
      return reshape(net.batchNorm(reshape(x, [-1, 1, 1, channels]), name, { relu }), x.shape);
    },
  };
}

/** Group norm of images [N, H, W, C] over H, W and the channels of each group, followed by relu if `relu`. */
export function groupNorm(name: string, channels: number, { groups, relu = false }: GroupNormOptions): Layer<Tensor4D> {
  return {
    entries: psi(name, channels),
    forward(x, net) {
      const y = net.groupNorm(x, name, { groups });
      return relu ? net.relu(y) : y;
    },
  };
}

interface GroupNormOptions {
  groups: number;
  relu?: boolean;
}

/** Layer norm over the last axis, of `size` elements. */
export function layerNorm(name: string, size: number, { epsilon = 1e-5 } = {}): Layer {
  return { entries: psi(name, size), forward: (x, net) => net.layerNorm(x, name, { epsilon }) };
}

/** Scale 1 and shift 0. */
function psi(name: string, size: number): Entry[] {
  const entry = { dtype: 'F32', shape: [size], role: 'normalization' } as const;
  return [constant(`${name}.weight`, 1, entry), constant(`${name}.bias`, 0, entry)];
}

function constant(
  name: string,
  value: number,
  rest: { dtype: Entry['dtype']; shape: readonly number[]; role: Role },
): Entry {
  return { name, prunable: false, initializer: { kind: 'constant', value }, ...rest };
}
