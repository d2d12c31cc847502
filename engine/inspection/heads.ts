/** Finds the heads in projections of attention. A layer has none if their number is not certain. */
import { layerNameOf } from '../checkpoints/conventions';
import type { Layer } from '../checkpoints/layers';
import { modelTensors, type CheckpointReader } from '../checkpoints/reader';
import { sizeOf } from '../tensors';
import { statedAttention, type Attention } from './attention';
import type { HeadAxis } from './headTally';

type Kind = 'query' | 'key' | 'value' | 'joint' | 'output';

/** Names of projections in PyTorch, timm, transformers, llama.cpp, Keras and Flax. Group 1 is the path of the attention. */
const NAMES: Record<Kind, RegExp> = {
  query: /^(.*?)(?:(?<=attention[./])(?:self|attention)[./])?(q_proj|attn_q|_?query(_dense)?)$/s,
  key: /^(.*?)(?:(?<=attention[./])(?:self|attention)[./])?(k_proj|attn_k|_?key(_dense)?)$/s,
  value: /^(.*?)(?:(?<=attention[./])(?:self|attention)[./])?(v_proj|attn_v|_?value(_dense)?)$/s,
  joint: /^(.*?)(in_proj_weight|qkv)$/s,
  output: /^(.*?)(o_proj|out_proj|attn_output|proj|out|output[./]dense|_?(attention_)?output(_dense)?)$/s,
};

interface Projection {
  kind: Kind;
  /** Path of the attention, which its projections share, with the separator at its end. */
  path: string;
}

/** Returns the kind of a projection. Returns undefined for other layers. */
function projectionOf(name: string): Projection | undefined {
  for (const [kind, pattern] of Object.entries(NAMES) as [Kind, RegExp][]) {
    const [, path] = pattern.exec(name) ?? [];
    if (path !== undefined && /(^|[./])$/.test(path)) return { kind, path };
  }
  return undefined;
}

type Shape = readonly number[];

/** Shapes of the projections of one attention. */
type Shapes = Partial<Record<Kind, Shape>>;

/** Returns the heads of the layers whose number of heads is certain, by the name of the layer. */
export async function headsOf(reader: CheckpointReader, layers: readonly Layer[]): Promise<Map<string, HeadAxis>> {
  const projections = layers.flatMap((layer) => {
    const projection = projectionOf(layer.name);
    return projection ? [{ layer, ...projection }] : [];
  });
  if (projections.length === 0) return new Map();
  const shapes = new Map<string, Shapes>();
  for (const { name, shape } of modelTensors(reader)) {
    const { kind, path } = projectionOf(layerNameOf(name.replace(/_orig$/, ''))) ?? {};
    if (kind !== undefined && shape.length >= 2) shapes.set(path!, { ...shapes.get(path!), [kind]: shape });
  }
  const attention = await statedAttention(reader);
  const heads = new Map<string, HeadAxis>();
  for (const { layer, kind, path } of projections) {
    const all = shapes.get(path) ?? {};
    if (!all.query && !all.joint) continue; // only then it is certain that this is attention
    const axis =
      layer.shape.length === 3 ? axisOfShape(layer, kind, all) : attention && statedAxis(layer, kind, attention);
    if (axis) heads.set(layer.name, axis);
  }
  return heads;
}

/**
 * Returns the heads of a kernel with three axes, as Keras and Flax have them: [dim, heads, depth], and [heads, depth, dim] for the output.
 * The shapes of all projections in the file must agree, and those of queries and output must be among them.
 */
function axisOfShape(
  { shape }: Layer,
  kind: Kind,
  { query, key = query, value = key, output }: Shapes,
): HeadAxis | undefined {
  const all = [query, key, value, output];
  if (kind === 'joint' || !all.every((one) => one?.length === 3)) return undefined;
  const [q, k, v, o] = all as [Shape, Shape, Shape, Shape];
  if (q[1] !== o[0] || q[2] !== k[2] || q[1] !== k[1] || k[1] !== v[1] || v[2] !== o[1]) return undefined;
  const axis = kind === 'output' ? 0 : 1;
  return { count: shape[axis]!, inner: sizeOf(shape.slice(axis + 1)), rule: 'the shapes of the kernels' };
}

/** Returns the heads of a matrix, if it has the shape that follows from the numbers of the attention. */
function statedAxis({ shape, layout }: Layer, kind: Kind, attention: Attention): HeadAxis | undefined {
  const { dim, queries, keys, keyDepth, valueDepth, rules } = attention;
  const isSquare = queries === keys && queries * keyDepth === dim && keyDepth === valueDepth;
  if ((layout !== 'OI' && layout !== 'IO') || (kind === 'joint' && !isSquare)) return undefined;
  const isOfKeys = kind === 'key' || kind === 'value';
  const count = isOfKeys ? keys : queries;
  const depth = kind === 'value' || kind === 'output' ? valueDepth : keyDepth;
  const parts = kind === 'joint' ? 3 : 1; // queries, keys and values, one after another
  const axis = layout.indexOf(kind === 'output' ? 'I' : 'O');
  if (shape[axis] !== parts * count * depth || shape[1 - axis] !== dim) return undefined;
  const inner = depth * sizeOf(shape.slice(axis + 1));
  return { count, inner, rule: isOfKeys ? rules.keys : rules.queries };
}
