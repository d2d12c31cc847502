/** Finds the numbers of attention heads that a file, or a file beside it, states. */
import path from 'node:path';
import { ownMetadata } from '../checkpoints/metadata';
import { openFile } from '../checkpoints/file';
import type { CheckpointReader } from '../checkpoints/reader';
import { isObject, parseStrictly } from '../json/strict';
import { MODELS } from '../vocabulary/modelSchemas';
import { defaultsOf } from '../vocabulary/schemaWords';

/** The attention of a network in which all blocks are equal. */
export interface Attention {
  /** Channels of a token. */
  dim: number;
  /** Number of heads of the queries, and of the keys and values, which several queries may share. */
  queries: number;
  keys: number;
  /** Channels of a head in queries and keys, and in values. */
  keyDepth: number;
  valueDepth: number;
  /** Phrases that say where `queries` and `keys` come from. */
  rules: { queries: string; keys: string };
}

/**
 * Returns the attention as the file states it: the model options of our own checkpoints, the metadata of GGUF, or a `config.json` of Hugging
 * Face in the same folder. Returns undefined if the numbers are missing or do not fit together.
 */
export async function statedAttention(reader: CheckpointReader): Promise<Attention | undefined> {
  const own = ownMetadata(reader.metadata);
  if (Object.keys(own).length > 0) return attentionOfRun(own);
  if (reader.format === 'gguf') return attentionOfGguf(reader.metadata);
  const config = await configBeside(reader.file);
  return config && attentionOfConfig(config);
}

function attentionOfRun({ model }: Readonly<Record<string, string>>): Attention | undefined {
  const parsed = parsedOr(model ?? '');
  const { model: name, options } = isObject(parsed) ? parsed : { model: parsed, options: {} };
  const known = Object.entries(MODELS).find(([other]) => other === name)?.[1];
  if (!known) return undefined;
  const { dim, heads } = { ...defaultsOf(known.options), ...(isObject(options) && options) };
  const rule = 'the model options of the run';
  return checked({ dim, queries: heads, rules: { queries: rule, keys: rule } });
}

/** Names are those of ggml/docs/gguf.md. An array of numbers, one for each block, is not in the metadata. */
function attentionOfGguf(metadata: Readonly<Record<string, string>>): Attention | undefined {
  const prefix = metadata['general.architecture'];
  const numberOf = (key: string) => {
    const text = metadata[`${prefix}.${key}`];
    return text === undefined ? undefined : Number(text);
  };
  const [count, keys] = ['attention.head_count', 'attention.head_count_kv'];
  return checked({
    ...{ dim: numberOf('embedding_length'), queries: numberOf(count), keys: numberOf(keys) },
    ...{ keyDepth: numberOf('attention.key_length'), valueDepth: numberOf('attention.value_length') },
    rules: { queries: `${prefix}.${count}`, keys: `${prefix}.${numberOf(keys) === undefined ? count : keys}` },
  });
}

/** A configuration of several networks, such as text and vision, or encoder and decoder, does not say which layers it describes. */
function attentionOfConfig(config: Record<string, unknown>): Attention | undefined {
  const isPart = ([name, value]: [string, unknown]) =>
    name.endsWith('_config') && name !== 'quantization_config' && isObject(value);
  const isOne = typeof config['model_type'] === 'string' && config['is_encoder_decoder'] !== true;
  if (!isOne || Object.entries(config).some(isPart)) return undefined;
  const [count, shared] = ['num_attention_heads', 'num_key_value_heads'];
  const keys = config[shared] ?? undefined;
  const depth = config['head_dim'] ?? undefined;
  return checked({
    ...{ dim: config['hidden_size'], queries: config[count], keys, keyDepth: depth, valueDepth: depth },
    rules: { queries: `${count} in config.json`, keys: `${keys === undefined ? count : shared} in config.json` },
  });
}

/** The numbers as they were found. By default, keys have as many heads as queries, and the heads share the channels. */
type Found = Partial<Record<Exclude<keyof Attention, 'rules'>, unknown>> & Pick<Attention, 'rules'>;

function checked({ dim, queries, rules, ...others }: Found): Attention | undefined {
  if (!isCount(dim) || !isCount(queries)) return undefined;
  const { keys = queries, keyDepth = dim / queries, valueDepth = keyDepth } = others;
  if (!isCount(keys) || !isCount(keyDepth) || !isCount(valueDepth) || queries % keys !== 0) return undefined;
  return { dim, queries, keys, keyDepth, valueDepth, rules };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

const LARGEST_CONFIG = 2 ** 20;
const DEEPEST_CONFIG = 30;

/** Returns the `config.json` in the folder of a file. Returns undefined if there is none that can be read. */
async function configBeside(file: string): Promise<Record<string, unknown> | undefined> {
  const opened = await openFile(path.join(path.dirname(file), 'config.json')).catch(() => undefined);
  if (!opened) return undefined;
  try {
    if (opened.size > LARGEST_CONFIG) return undefined;
    const config = parsedOr(new TextDecoder().decode(await opened.read(0, opened.size)));
    return isObject(config) ? config : undefined;
  } finally {
    await opened.close();
  }
}

/** Parses JSON. Returns undefined if the text is not valid JSON. */
function parsedOr(text: string): unknown {
  try {
    return parseStrictly(text, DEEPEST_CONFIG);
  } catch {
    return undefined;
  }
}
