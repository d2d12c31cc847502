/** Vision transformers (Dosovitskiy et al. 2021; DeiT: Touvron et al. 2021) with the names and initialization of torchvision or timm. */
import { reshape, type Tensor3D, type Tensor4D } from '@tensorflow/tfjs-core';
import { UserError } from '../errors';
import type { ModelOptions } from '../vocabulary/runOptions';
import { classToken, firstToken, normalizedBranch, positions, selfAttention } from './layers/attention';
import { convolution } from './layers/convolution';
import { constantZero, normal, truncatedNormal, uniformByFanIn, xavierUniform, zero } from './layers/initializers';
import { compose, network, operation, sequence, type Layer } from './layers/layer';
import { classifier, dropout, linear, type LinearOptions } from './layers/linear';
import { layerNorm } from './layers/normalization';
import type { Architecture, DataShape } from './network';
import { checkImageSize, patchSizeFor } from './patches';

/** Hidden units per channel. */
const HIDDEN = 4;
const EPSILON = 1e-6;
const SMALL = truncatedNormal(0.02);

/** The names of both implementations, and how they initialize. A layer without its own initializer has that of PyTorch. */
const IMPLEMENTATIONS = {
  torchvision: {
    token: 'class_token',
    positions: 'encoder.pos_embedding',
    patches: 'conv_proj',
    block: (i: number) => `encoder.layers.encoder_layer_${i}`,
    parts: ['ln_1', 'self_attention.in_proj_weight', 'self_attention.out_proj', 'ln_2', 'mlp.0', 'mlp.3'],
    norm: 'encoder.ln',
    head: 'heads.head',
    patchesFirst: true,
    initializers: {
      token: zero,
      positions: normal(0.02)([]),
      patches: { weight: truncatedNormal(), bias: zero },
      projection: { weight: xavierUniform, bias: zero },
      output: { weight: uniformByFanIn, bias: zero },
      mlp: { weight: xavierUniform, bias: normal(1e-6)([]) },
      head: { weight: constantZero, bias: zero },
    },
  },
  timm: {
    token: 'cls_token',
    positions: 'pos_embed',
    patches: 'patch_embed.proj',
    block: (i: number) => `blocks.${i}`,
    parts: ['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2'],
    norm: 'norm',
    head: 'head',
    patchesFirst: false,
    initializers: {
      token: normal(1e-6)([]),
      positions: SMALL([]),
      patches: { bias: true },
      projection: { weight: SMALL, bias: zero },
      output: { weight: SMALL, bias: zero },
      mlp: { weight: SMALL, bias: zero },
      head: { weight: SMALL, bias: zero },
    },
  },
} as const;
type Implementation = (typeof IMPLEMENTATIONS)[keyof typeof IMPLEMENTATIONS];

type Options = ModelOptions<'vit'>;

/** Returns the builder of a named size. */
export function namedVit(name: string): (options: Options, data: DataShape) => Architecture {
  return (options, data) => ({ ...vit(options, data), name });
}

/** Builds the network. Each patch is a token; the classifier sees the class token. */
export function vit(options: Options, data: DataShape): Architecture {
  const { naming, dim, depth, dropout: rate, dropConnect } = options;
  checkImageSize(options, data);
  const patch = patchSizeFor(options, data);
  checkHeads(options);
  const names = IMPLEMENTATIONS[naming];
  const given = names.initializers;
  const tokens = (data.height / patch) * (data.width / patch) + 1;
  const patches = sequence<Tensor4D, Tensor3D>(
    convolution(names.patches, {
      inputs: data.channels,
      outputs: dim,
      size: patch,
      stride: patch,
      padding: 0,
      ...given.patches,
    }),
    operation((x: Tensor4D) => reshape(x, [x.shape[0], -1, dim])),
  );
  const token = classToken(names.token, dim, given.token);
  const embedding = positions(names.positions, [tokens, dim], given.positions);
  const parts = names.patchesFirst ? [token, patches, embedding] : [token, embedding, patches];
  const body = sequence(
    compose(parts, (x: Tensor4D, net) => embedding.forward(token.forward(patches.forward(x, net), net), net)) as Layer,
    dropout('positions', rate),
    ...Array.from({ length: depth }, (_, i) => block(i, (dropConnect * i) / Math.max(1, depth - 1), options)).flat(),
    layerNorm(names.norm, dim, { epsilon: EPSILON }),
    firstToken,
    classifier(names.head, [data.classes, dim], given.head),
  );
  return network('vit', data, body);
}

/** Attention and two linear layers, each with a shortcut. A step drops both with probability `dropRate`. */
function block(i: number, dropRate: number, { naming, dim, heads, dropout: rate }: Options): Layer[] {
  const names: Implementation = IMPLEMENTATIONS[naming];
  const [norm1, projection, output, norm2, first, second] = names.parts.map((part) => `${names.block(i)}.${part}`) as [
    string, string, string, string, string, string,
  ]; // prettier-ignore
  const {
    projection: projecting,
    output: joining,
    mlp,
  }: Record<'projection' | 'output' | 'mlp', LinearOptions> = names.initializers;
  const attention = selfAttention({
    projection: linear(projection, [3 * dim, dim], projecting),
    output: linear(output, [dim, dim], joining),
    heads,
  });
  return [
    normalizedBranch(
      layerNorm(norm1, dim, { epsilon: EPSILON }),
      sequence(attention as Layer, dropout(output, rate), dropout(`${output}.drop`, dropRate, 'image')),
    ),
    normalizedBranch(
      layerNorm(norm2, dim, { epsilon: EPSILON }),
      sequence(
        linear(first, [HIDDEN * dim, dim], { ...mlp, activation: 'gelu' }),
        dropout(first, rate),
        linear(second, [dim, HIDDEN * dim], mlp),
        dropout(second, rate),
        dropout(`${second}.drop`, dropRate, 'image'),
      ),
    ),
  ];
}

function checkHeads({ dim, heads }: Options): void {
  if (dim % heads !== 0)
    throw new UserError(`model.options.heads is ${heads}, but must divide dim, which is ${dim}.`, {
      field: 'model.options.heads',
    });
}
