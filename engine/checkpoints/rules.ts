/** The rules that decide which candidates are prunable layers. */
import { sizeOf } from '../tensors';
import { isLayerRule } from '../vocabulary/layerRules';
import { namePattern } from '../vocabulary/namePatterns';
import { includesZero } from './dtypes';
import type { Layer } from './layers';
import { ownMetadata } from './metadata';
import { ruleOf, type CheckpointReader, type StoredTensor } from './reader';

/** Returns the reason why a candidate is not a prunable layer. Returns undefined for a prunable layer. */
export type Objection = (layer: Layer) => string | undefined | Promise<string | undefined>;

/** Returns the rule of a reader. `candidates` are the matrices and the masked vectors of the file. */
export function objectionsOf(reader: CheckpointReader, candidates: readonly Layer[]): Objection {
  const rule = ruleOf(reader);
  if (!isLayerRule(rule)) return byPattern(rule);
  if (rule === 'matrices') return (layer) => (isMatrix(layer) ? undefined : 'a vector');
  if (rule === 'decoder') return outsideDecoder;
  return rule === 'official' ? officially(candidates) : byDefault(reader, candidates);
}

/**
 * - A matrix with a mask is a layer. A vector with a mask is a layer if the mask prunes something.
 * - A matrix without a mask is a layer too. Its exact zeros count as pruned. If it has no zeros, it is left out in two cases: other layers
 *   have masks, or it is the classifier. The classifier has a typical name or is the last matrix.
 * - If a checkpoint of Winning Sign has masks, only the layers with a mask are prunable.
 */
function byDefault(reader: CheckpointReader, candidates: readonly Layer[]): Objection {
  const bare = candidates.filter(({ mask }) => !mask);
  const hasMasks = candidates.some(({ mask, shape }) => mask && isMatrix({ shape }));
  const classifier = classifierOf(bare);
  const isOurs = Object.keys(ownMetadata(reader.metadata)).length > 0;
  return async (layer) => {
    if (layer.mask)
      return isMatrix(layer) || (await hasZero(reader, layer.mask)) ? undefined : 'a vector whose mask prunes nothing';
    if (hasMasks && isOurs) return 'it has no mask';
    if (!hasMasks && (layer !== classifier || bare.length === 1)) return undefined;
    if (await hasZero(reader, layer.weight)) return undefined;
    return layer === classifier ? 'the classifier, which has no mask and no zeros' : 'it has no mask and no zeros';
  };
}

/**
 * The official AWS code prunes every two-dimensional convolution. It also prunes linear layers and one-dimensional convolutions, except
 * those with one output for each class.
 */
function officially(candidates: readonly Layer[]): Objection {
  const classifier = classifierOf(candidates.filter(isMatrix));
  const classes = classifier && outputsOf(classifier);
  return (layer) => {
    if (!isMatrix(layer)) return 'a vector';
    if (layer.shape.length === 2 && EMBEDDING.test(layer.name)) return 'an embedding';
    if (layer.name.endsWith('in_proj_weight')) return 'a parameter of attention, not a linear layer';
    if (layer.shape.length > 3 || outputsOf(layer) !== classes) return undefined;
    return layer === classifier ? 'the classifier' : `it has as many outputs as the classifier, ${classes}`;
  };
}

/** Chooses the linear layers of repeated blocks, which Wanda and SparseGPT prune. Embeddings and the head are not in such blocks. */
function outsideDecoder(layer: Layer): string | undefined {
  if (!BLOCK.test(layer.name)) return 'outside the blocks of the decoder';
  return layer.shape.length === 2 && !EMBEDDING.test(layer.name) ? undefined : 'not a linear layer';
}

/** Chooses layers by patterns of names (`namePattern`), separated by commas. A pattern may match the name of the layer or of its tensor. */
function byPattern(text: string): Objection {
  const patterns = text.split(',').map(namePattern);
  const matches = ({ name, weight }: Layer) => patterns.some((isMatch) => isMatch(name) || isMatch(weight.name));
  return (layer) => (matches(layer) ? undefined : 'its name does not match');
}

const BLOCK = /(^|[./])(layers?|h|blocks?)[./]\d+[./]/;
const EMBEDDING =
  /(^|[./])(\w+_embeddings|tok_embeddings|embed_tokens|embed_positions|embeddings?|embed|emb|wte|wpe)$/i;

/** Typical names of classifiers. A name is better evidence than the last position, because some tools sort tensors by name. */
const CLASSIFIER =
  /(^|[./])(fc|linear|classifier(\.\d+)?|heads?(\.head)?|lm_head|logits|output)[./](weight|weight_orig|kernel(:0)?)$/;

function classifierOf(matrices: readonly Layer[]): Layer | undefined {
  const flat = matrices.filter(({ shape }) => shape.length === 2);
  const last = matrices.at(-1) === flat.at(-1) ? flat.at(-1) : undefined;
  return flat.findLast(({ weight }) => CLASSIFIER.test(weight.name)) ?? last;
}

function outputsOf({ shape, outputsLast }: Layer): number {
  return (outputsLast ? shape.at(-1) : shape[0])!;
}

/** Number of elements that are read at once to look for a zero. */
const PIECE = 2 ** 20;

/** Whether a tensor has an exact zero. Reads all of a tensor without zeros, because its pruned weights may be anywhere. */
async function hasZero(reader: CheckpointReader, { name, dtype, shape }: StoredTensor): Promise<boolean> {
  const count = sizeOf(shape);
  for (let from = 0; from < count; from += PIECE)
    if (includesZero(dtype, await reader.bytes(name, from, Math.min(count, from + PIECE)))) return true;
  return false;
}

export function isMatrix({ shape }: { shape: readonly number[] }): boolean {
  return shape.length >= 2;
}
