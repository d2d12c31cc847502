/**
 * Reads a TensorFlow.js model: `model.json`, which describes layers or a graph, and the weight files that it names. Never executes
 * anything.
 */
import { isObject, parseStrictly, quote } from '../../json/strict';
import type { UncountedTensor } from '../../vocabulary/checkpoint';
import { sizeOfDtype, tableOf, codesOf, type Dtype } from '../dtypes';
import { ExternalFiles } from '../external';
import type { RangedFile } from '../file';
import { configOf, lambdaMetadata, type ModelConfig } from '../hdf5/config';
import { layoutOfVariable, withoutWrapper } from '../hdf5/names';
import { asInvalid, noTensors } from '../invalid';
import { readerOf, type CheckpointReader, type ReadableTensor } from '../reader';
import { shortNames } from '../shortNames';
import type { FillStorage } from '../strided';
import { usesOf, type Use } from './graph';
import { parseManifest, type ManifestWeight, type Quantization, type WeightGroup } from './manifest';

const LARGEST_MODEL = 2 ** 26;
const DEEPEST_MODEL = 500;
const REMEDY = 'Copy the whole folder of the model, or convert the model again.';

/** Reads the manifest, and checks that its files are long enough. Closing the reader closes the files. */
export async function readTfjs(file: RangedFile): Promise<CheckpointReader> {
  const external = new ExternalFiles(file.name);
  try {
    const model = await parseModel(file);
    const tensors: ReadableTensor[] = [];
    const uncounted: UncountedTensor[] = [];
    const config = configIn(model);
    const useOf = usesIn(model, config);
    const groups = parseManifest(model['weightsManifest']);
    const stored = groups.flatMap(({ weights }) => weights.map(({ name }) => name));
    const names = shortNames(stored, withoutWrapper).values();
    for (const group of groups) {
      const fill = await fillOfShards(group, external);
      for (const weight of group.weights) {
        const { shape, dtype } = weight;
        const name = names.next().value!;
        if (!dtype) uncounted.push({ name, dtype: 'complex64', shape });
        else tensors.push(tensorOf({ ...weight, name, dtype }, { fill, use: useOf(weight) }));
      }
    }
    if (tensors.length + uncounted.length === 0) throw noTensors(file.name);
    return readerOf(tensors, {
      ...{ file: file.name, format: 'tfjs', metadata: metadataOf(model, config), uncounted },
      size: () => file.size + external.size,
      versions: () => [file.version, ...external.versions],
      close: async () => {
        await external.close();
        await file.close();
      },
    });
  } catch (error) {
    await external.close();
    throw asInvalid(file.name, 'TensorFlow.js model', error, REMEDY);
  }
}

async function parseModel(file: RangedFile): Promise<Record<string, unknown>> {
  if (file.size > LARGEST_MODEL) throw new Error('it is larger than 64 MB');
  const text = new TextDecoder().decode(await file.read(0, file.size));
  try {
    const parsed = parseStrictly(text, DEEPEST_MODEL);
    return isObject(parsed) ? parsed : {};
  } catch (error) {
    throw new Error(`it ${(error as Error).message}`, { cause: error });
  }
}

/** Returns the description of a layers model, which has the form of Keras. Returns undefined for a graph model, which has nodes. */
function configIn(model: Record<string, unknown>): ModelConfig | undefined {
  const { modelTopology: topology } = model;
  if (!isObject(topology) || Array.isArray(topology['node'])) return undefined;
  return configOf(topology['model_config'] ?? topology);
}

function usesIn(
  { modelTopology: topology }: Record<string, unknown>,
  config: ModelConfig | undefined,
): (weight: ManifestWeight) => Use {
  if (!config) return usesOf(topology);
  return ({ name, shape }) => {
    const layer = config.byName.get(name.split('/')[0]!);
    const layout = layoutOfVariable({ shape }, name, layer?.className ?? '');
    return layout === undefined ? {} : { layout };
  };
}

function metadataOf(model: Record<string, unknown>, config: ModelConfig | undefined): Record<string, string> {
  const texts = ['format', 'generatedBy', 'convertedBy'].flatMap((key): [string, string][] =>
    typeof model[key] === 'string' ? [[key, model[key]]] : [],
  );
  return { ...Object.fromEntries(texts), ...lambdaMetadata(config) };
}

/** Returns a function that reads the files of a group as if they were one file. Throws an `Error` if they are too short. */
async function fillOfShards({ paths, weights }: WeightGroup, external: ExternalFiles): Promise<FillStorage> {
  const shards: { file: RangedFile; begin: number; end: number }[] = [];
  let size = 0;
  for (const location of paths) {
    const file = await external.at(location);
    shards.push({ file, begin: size, end: size + file.size });
    size += file.size;
  }
  for (const { name, begin, length } of weights)
    if (begin + length > size)
      throw new Error(`weight ${quote(name)} ends at byte ${begin + length}, but its files have only ${size} bytes`);
  return async (into, from) => {
    const to = from + into.length;
    await Promise.all(
      shards
        .filter(({ begin, end }) => begin < to && end > from)
        .map(({ file, begin, end }) =>
          file.fill(into.subarray(Math.max(0, begin - from), Math.min(to, end) - from), Math.max(0, from - begin)),
        ),
    );
  };
}

function tensorOf(
  weight: ManifestWeight & { dtype: Dtype },
  { fill, use }: { fill: FillStorage; use: Use },
): ReadableTensor {
  const { name, shape, dtype, quantization, begin } = weight;
  const stored: FillStorage = (into, from) => fill(into, begin + from);
  const described = { name, shape, dtype, ...use };
  if (!quantization) return { ...described, fill: stored };
  const dequantized = { ...described, fill: fillOfQuantized(quantization, stored) };
  // Among integers, a 0 may be a small weight that was rounded. In float16, it almost certainly is an exact 0.
  return quantization.stored === 'float16' ? dequantized : { ...dequantized, quantization: quantization.stored };
}

/** Returns a function that reads quantized numbers as float32. */
function fillOfQuantized(quantization: Quantization, fill: FillStorage): FillStorage {
  const { stored } = quantization;
  const size = sizeOfDtype(stored);
  const [scale, min] = 'scale' in quantization ? [quantization.scale, quantization.min] : [1, 0];
  const values = tableOf(stored)!;
  return async (into, from) => {
    const bytes = new Uint8Array((into.length / 4) * size);
    await fill(bytes, (from / 4) * size);
    const numbers = Float32Array.from(codesOf(stored, bytes), (code) => min + scale * values[code]!);
    into.set(new Uint8Array(numbers.buffer));
  };
}
