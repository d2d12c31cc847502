/** MLP-Mixer (Tolstikhin et al. 2021) with the names, layouts and defaults of the official AWS code (models/mlp_mixer.py). It has layer norm only. */
import { add, expandDims, reshape, transpose } from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { UserError } from '../errors';
import type { ModelOptions } from '../vocabulary/runOptions';
import { compose, network, operation, sequence, type Layer } from './layers/layer';
import { classifier, linear } from './layers/linear';
import { layerNorm } from './layers/normalization';
import type { Architecture, DataShape } from './network';
import { checkImageSize, patchSizeFor } from './patches';

/**
 * Builds the network. Layers that mix patches have `expansionFactor` × (number of patches) hidden units. Layers that mix channels have
 * `expansionFactorToken` × `dim`. The names are from the official code, although they suggest the opposite.
 */
export function mixer(options: ModelOptions<'mixer'>, data: DataShape): Architecture {
  const { dim, depth } = options;
  checkImageSize(options, data);
  checkChannels(options, data);
  const patch = patchSizeFor(options, data);
  const tokens = (data.height / patch) * (data.width / patch);
  const tokenUnits = Math.floor(tokens * options.expansionFactor);
  const channelUnits = Math.max(1, Math.floor(dim * options.expansionFactorToken));
  const blocks = Array.from({ length: depth }, (_, i) => {
    const block = String(i + 2);
    return [
      // A Conv1d over the axis of the patches
      residual(`${block}.0`, dim, (fn) => [
        swapAxes,
        linear(`${fn}.0`, [tokenUnits, tokens, 1], { activation: 'gelu' }),
        linear(`${fn}.3`, [tokens, tokenUnits, 1]),
        swapAxes,
      ]),
      residual(`${block}.1`, dim, (fn) => [
        linear(`${fn}.0`, [channelUnits, dim], { activation: 'gelu' }),
        linear(`${fn}.3`, [dim, channelUnits]),
      ]),
    ];
  });
  const body = sequence(
    cutPatches(patch),
    linear('1', [dim, patch * patch * data.channels]),
    ...blocks.flat(),
    layerNorm(String(depth + 2), dim),
    tokenMean,
    classifier(String(depth + 4), [data.classes, dim]),
  );
  return network('mixer', data, body);
}

/** Returns the builder of a named size. */
export function namedMixer(name: string): typeof mixer {
  return (options, data) => ({ ...mixer(options, data), name });
}

/** x + fn(norm(x)), the half of a block. */
function residual(name: string, dim: number, layers: (fn: string) => Layer[]): Layer<Tensor3D> {
  const fn = sequence<Tensor3D>(...layers(`${name}.fn`));
  const norm = layerNorm(`${name}.norm`, dim) as Layer<Tensor3D>;
  return compose([fn, norm], (x, net) => add(x, fn.forward(norm.forward(x, net), net)));
}

/** Checks the option `channels` of the official code. It follows from the data, so it is accepted only if it agrees with the data. */
function checkChannels(options: ModelOptions<'mixer'>, { channels }: DataShape): void {
  const { channels: given = channels } = options;
  if (given !== channels)
    throw new UserError(
      `model.options.channels is ${given}, but the images have ${channels} channels. Remove this option.`,
      { field: 'model.options.channels' },
    );
}

/** Reshapes [N, H, W, C] to [N, patches in row order, pixels of a patch in row order × C]. */
function cutPatches(patch: number): Layer<Tensor4D, Tensor3D> {
  return operation((images) => {
    const [n, height, width, channels] = images.shape;
    const rows = height / patch;
    const columns = width / patch;
    const cut = transpose(reshape(images, [n, rows, patch, columns, patch * channels]), [0, 1, 3, 2, 4]);
    return reshape(cut, [n, rows * columns, patch * patch * channels]);
  });
}

/** Swaps [N, patches, channels] and [N, channels, patches]. */
const swapAxes: Layer<Tensor3D> = operation((x) => transpose(x, [0, 2, 1]));

/** The mean over the patches: [N, patches, channels] → [N, channels]. */
const tokenMean: Layer<Tensor3D, Tensor2D> = operation((x, net) => net.globalMean(expandDims<Tensor4D>(x, 1)));
