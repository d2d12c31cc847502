/** MLP-Mixer (Tolstikhin et al. 2021) with the names, layouts and defaults of the official AWS code (models/mlp_mixer.py). It has layer norm only. */
import { add, expandDims, reshape, transpose } from '@tensorflow/tfjs-core';
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from '@tensorflow/tfjs-core';
import { UserError } from '../errors';
import { classifier, layerNorm, linear } from './entries';
import type { Architecture, DataShape, Entry } from './network';
import type { ModelOptions } from '../vocabulary/runOptions';

/** Default patch sizes in order of preference. The first that divides both sides of the images is used. */
const PATCH_SIZES = [4, 7, 8, 5, 6, 3, 2, 1];

/**
 * Builds the network. Layers that mix patches have `expansionFactor` × (number of patches) hidden units. Layers that mix channels have
 * `expansionFactorToken` × `dim`. The names are from the official code, although they suggest the opposite.
 */
export function mixer(options: ModelOptions<'mixer'>, data: DataShape): Architecture {
  const { dim, depth } = options;
  checkData(options, data);
  const patch = patchSize(options, data);
  const tokens = (data.height / patch) * (data.width / patch);
  const tokenUnits = Math.floor(tokens * options.expansionFactor);
  const channelUnits = Math.max(1, Math.floor(dim * options.expansionFactorToken));
  const blocks = Array.from({ length: depth }, (_, i) => String(i + 2));
  const end = { norm: String(depth + 2), classifier: String(depth + 4) };
  return {
    name: 'mixer',
    data,
    entries: [
      ...linear('1', [dim, patch * patch * data.channels]),
      ...blocks.flatMap((block) => blockEntries(block, { tokens, dim, tokenUnits, channelUnits })),
      ...layerNorm(end.norm, dim),
      ...classifier(end.classifier, [data.classes, dim]),
    ],
    forward(images, net) {
      let x = net.linear(cutPatches(images, patch), '1') as Tensor3D;
      for (const block of blocks) {
        const byPatch = swapAxes(net.layerNorm(x, `${block}.0.norm`));
        const mixed = net.linear(net.gelu(net.linear(byPatch, `${block}.0.fn.0`)), `${block}.0.fn.3`);
        x = add(x, swapAxes(mixed));
        const hidden = net.gelu(net.linear(net.layerNorm(x, `${block}.1.norm`), `${block}.1.fn.0`));
        x = add(x, net.linear(hidden, `${block}.1.fn.3`));
      }
      const mean = net.globalMean(expandDims<Tensor4D>(net.layerNorm(x, end.norm), 1));
      return net.linear(mean, end.classifier) as Tensor2D;
    },
  };
}

/**
 * Checks the options `imageSize` and `channels` of the official code. They follow from the data, so they are accepted only if they
 * agree with the data.
 */
function checkData(options: ModelOptions<'mixer'>, { height, width, channels }: DataShape): void {
  const { imageSize = height, channels: given = channels } = options;
  const field = (name: string) => ({ field: `model.options.${name}` });
  if (imageSize !== height || imageSize !== width)
    throw new UserError(
      `model.options.imageSize is ${imageSize}, but the images are ${height} × ${width}. Remove this option.`,
      field('imageSize'),
    );
  if (given !== channels)
    throw new UserError(
      `model.options.channels is ${given}, but the images have ${channels} channels. Remove this option.`,
      field('channels'),
    );
}

function patchSize({ patchSize }: ModelOptions<'mixer'>, { height, width }: DataShape): number {
  const divides = (size: number) => height % size === 0 && width % size === 0;
  const size = patchSize ?? PATCH_SIZES.find(divides)!;
  if (divides(size)) return size;
  throw new UserError(
    `model.options.patchSize is ${size}, but the images are ${height} × ${width}. Choose a size that divides both numbers.`,
    {
      field: 'model.options.patchSize',
    },
  );
}

interface Sizes {
  tokens: number;
  dim: number;
  tokenUnits: number;
  channelUnits: number;
}

function blockEntries(block: string, { tokens, dim, tokenUnits, channelUnits }: Sizes): Entry[] {
  return [
    ...linear(`${block}.0.fn.0`, [tokenUnits, tokens, 1]),
    ...linear(`${block}.0.fn.3`, [tokens, tokenUnits, 1]),
    ...layerNorm(`${block}.0.norm`, dim),
    ...linear(`${block}.1.fn.0`, [channelUnits, dim]),
    ...linear(`${block}.1.fn.3`, [dim, channelUnits]),
    ...layerNorm(`${block}.1.norm`, dim),
  ];
}

/** Reshapes [N, H, W, C] to [N, patches in row order, pixels of a patch in row order × C]. */
function cutPatches(images: Tensor4D, patch: number): Tensor3D {
  const [n, height, width, channels] = images.shape;
  const rows = height / patch;
  const columns = width / patch;
  const cut = transpose(reshape(images, [n, rows, patch, columns, patch * channels]), [0, 1, 3, 2, 4]);
  return reshape(cut, [n, rows * columns, patch * patch * channels]);
}

/** Swaps [N, patches, channels] and [N, channels, patches]. */
function swapAxes(x: Tensor): Tensor3D {
  return transpose(x as Tensor3D, [0, 2, 1]);
}
