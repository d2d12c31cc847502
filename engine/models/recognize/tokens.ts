/** Guesses for networks of patches: MLP-Mixer and vision transformers. */
import { MODELS } from '../../vocabulary/modelSchemas';
import type { ModelSpec } from '../../vocabulary/runOptions';
import { wholeRoot, type Guesser, type Images, type Shapes } from './shapes';

export const guessMixer: Guesser = (shapes) => {
  if (!shapes.has('1.weight') || !shapes.has('2.0.fn.0.weight')) return [];
  const dim = shapes.outputs('1');
  const depth = shapes.count((i) => `${i + 2}.0.fn.0`);
  const tokens = shapes.inputs('2.0.fn.0');
  const { expansionFactor, expansionFactorToken } = MODELS.mixer.options;
  const options = {
    dim,
    depth,
    expansionFactor: factorFor(tokens, shapes.outputs('2.0.fn.0'), expansionFactor.default),
    expansionFactorToken: factorFor(dim, shapes.outputs('2.1.fn.0'), expansionFactorToken.default),
  };
  const rows = wholeRoot(tokens);
  return [3, 1, 2, 4].flatMap((channels) => {
    const patchSize = wholeRoot(shapes.inputs('1') / channels);
    if (patchSize === undefined) return [];
    const side = rows === undefined ? undefined : rows * patchSize;
    const images: Images[] = side === undefined ? [] : [{ height: side, width: side, channels }];
    const spec = { model: 'mixer', options: { patchSize, ...options } } as const;
    return [{ spec, images, classes: shapes.outputs(String(depth + 4)), notes: [] }];
  });
};

/** Returns a factor for which floor(size × factor) is `units`: the default if it fits. */
function factorFor(size: number, units: number, standard: number): number {
  const exact = units / size;
  const fits = [standard, exact, (units + 0.5) / size].find((factor) => Math.floor(size * factor) === units);
  return fits ?? exact;
}

/** Heads and depth of the sizes that have a name, by their number of channels. */
const NAMED = {
  192: { model: 'deit_tiny', heads: 3 },
  384: { model: 'deit_small', heads: 6 },
  768: { model: 'vit_b_16', heads: 12 },
} as const;

/** Channels of a head in all published vision transformers of this kind. */
const HEAD = 64;

export const guessVit: Guesser = (shapes) => {
  const naming = shapes.has('cls_token') ? 'timm' : shapes.has('class_token') ? 'torchvision' : undefined;
  if (naming === undefined) return [];
  const [patches, positions, blocks, head] =
    naming === 'timm'
      ? (['patch_embed.proj', 'pos_embed', (i: number) => `blocks.${i}.norm1`, 'head'] as const)
      : ([
          'conv_proj',
          'encoder.pos_embedding',
          (i: number) => `encoder.layers.encoder_layer_${i}.ln_1`,
          'heads.head',
        ] as const);
  const dim = shapes.outputs(patches);
  const patchSize = shapes.size(`${patches}.weight`, 2);
  const depth = shapes.count(blocks);
  const rows = wholeRoot(shapes.size(positions, 1) - 1);
  const images = rows === undefined ? [] : [imagesOf(shapes, patches, rows * patchSize)];
  const spec = vitSpec({ naming, dim, depth, patchSize });
  const heads = dim % HEAD === 0 ? dim / HEAD : undefined;
  if (!spec || heads === undefined) return [];
  const notes = [
    `The file does not say how many heads its attention has. ${heads} is assumed, because ${dim} channels usually have ${heads} heads of ${HEAD}. If this is wrong, name the network.`,
  ];
  return [{ spec, images, classes: shapes.outputs(head), notes }];
};

function imagesOf(shapes: Shapes, patches: string, side: number): Images {
  return { height: side, width: side, channels: shapes.inputs(patches) };
}

interface Size {
  naming: 'timm' | 'torchvision';
  dim: number;
  depth: number;
  patchSize: number;
}

function vitSpec({ naming, dim, depth, patchSize }: Size): Exclude<ModelSpec, string> | undefined {
  const named = Object.entries(NAMED).find(([size]) => Number(size) === dim)?.[1];
  if (named && depth === 12) return { model: named.model, options: { naming, ...(patchSize !== 16 && { patchSize }) } };
  return { model: 'vit', options: { naming, patchSize, dim, depth, heads: dim / HEAD } };
}
