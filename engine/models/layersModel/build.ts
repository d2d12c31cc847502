/** Builds a network from the topology of a user's model. */
import { reshape, type Tensor, type Tensor2D, type Tensor4D } from '@tensorflow/tfjs-core';
import { UserError } from '../../errors';
import { quote } from '../../json/strict';
import { sizeOf } from '../../tensors';
import type { Topology, TopologyLayer } from '../../vocabulary/runOptions';
import type { Architecture, DataShape, Entry } from '../network';
import { buildPart, INPUT } from './classes';
import { Config, refusedLayer } from './config';
import { checkNames } from './names';
import { checkSize, shapeWords, type Part, type Shape } from './part';

/** A layer with its part of the network. */
export interface BuiltLayer {
  layer: TopologyLayer;
  part: Part;
}

export interface OwnNetwork {
  topology: Topology;
  /** Name of the file for messages. */
  file: string;
  /** The name of the classifier, if the user chose one. */
  classifier?: string | undefined;
}

/** What is built and inferred from a topology, before data are known. */
export interface Blueprint {
  /** The shape of the images in the file. An axis of any length is null. */
  input: readonly (number | null)[];
  /** The shape of the images, with the axes of the data where the file accepts any. */
  shape: Shape;
  layers: readonly BuiltLayer[];
  output: Shape;
  /** Name of the layer that is the classifier, if there is one. */
  classifier: string | undefined;
  /** Names of the layers whose softmax is left out. */
  softmax: readonly string[];
}

/** Builds all layers. Axes of any length get their length from `data`. Throws UserError with the layer that is not supported. */
export function blueprint({ topology, file, classifier }: OwnNetwork, data?: DataShape): Blueprint {
  checkNames(topology.layers, file);
  const shapes = new Map<string, Shape>();
  const layers: BuiltLayer[] = [];
  const inputs = topology.layers.filter((layer) => layer.class === INPUT);
  if (inputs.length !== 1)
    throw refused(file, `has ${inputs.length} inputs`, 'A network needs exactly one input, the images.');
  const given = inputShape(new Config(file, inputs[0]!));
  for (const layer of topology.layers) {
    if (layer.class === INPUT) {
      shapes.set(layer.name, shapeFor(given, { file, data }));
      continue;
    }
    const config = new Config(file, layer);
    const site = { config, inputs: layer.from.map((name) => shapeOf(name, shapes, config)) };
    const part = buildPart(file, layer, site);
    checkSize(site, part.shape);
    shapes.set(layer.name, part.shape);
    layers.push({ layer, part });
  }
  const output = shapes.get(topology.output);
  if (!output) throw refused(file, 'has no layer for its output', 'Export the model again.');
  if (output.length !== 1)
    throw refused(
      file,
      `ends with ${shapeWords(output)} for each image`,
      'It must end with one value for each class, for example with GlobalAveragePooling2D or Flatten, and then Dense.',
    );
  const built = { file, topology, layers };
  const shape = shapes.get(inputs[0]!.name)!;
  return {
    input: given,
    shape,
    layers,
    output,
    softmax: softmaxOf(built),
    classifier: classifierOf(built, classifier),
  };
}

/** Builds the network for the shape of the data. Throws UserError if they do not fit. */
export function layersModel(own: OwnNetwork, data: DataShape): Architecture {
  const { file, topology } = own;
  const plan = blueprint(own, data);
  const { layers, classifier } = plan;
  checkData(plan, own, data);
  const images = topology.layers.find((layer) => layer.class === INPUT)!.name;
  const isFlat = plan.input.length === 1;
  const entries = layers.flatMap(({ layer, part }) =>
    part.entries.map((entry) => ({ ...entry, prunable: entry.prunable && layer.name !== classifier })),
  );
  checkUnique(file, entries);
  const forward = (x: Tensor4D, net: Parameters<Architecture['forward']>[1]) => {
    const values = new Map<string, Tensor>([[images, isFlat ? reshape(x, [x.shape[0], -1]) : x]]);
    for (const { layer, part } of layers)
      values.set(
        layer.name,
        part.forward(
          layer.from.map((name) => values.get(name)!),
          net,
        ),
      );
    return values.get(topology.output) as Tensor2D;
  };
  return { name: file, data, entries, draws: layers.some(({ part }) => part.draws === true), forward };
}

/** Throws UserError if two layers have a tensor with the same name. */
function checkUnique(file: string, entries: readonly Entry[]): void {
  const names = new Set<string>();
  for (const { name } of entries) {
    if (names.has(name))
      throw refused(file, `has two tensors with the name ${quote(name)}`, 'Rename one of the layers.');
    names.add(name);
  }
}

/** Returns the shape of an input, whose layer must come before. */
function shapeOf(name: string, shapes: ReadonlyMap<string, Shape>, config: Config): Shape {
  const shape = shapes.get(name);
  if (shape) return shape;
  throw config.refused(`needs ${quote(name)}, which is not a layer before it`, 'Export the model again');
}

/** Reads the shape of the images: [H, W, C], or one number of values. */
function inputShape(config: Config): (number | null)[] {
  const given = config.given('batch_input_shape') ?? config.given('batch_shape') ?? config.given('batchInputShape');
  const [, ...shape] = Array.isArray(given) ? (given as unknown[]) : [];
  const isAxis = (axis: unknown): axis is number | null =>
    axis === null || (Number.isSafeInteger(axis) && Number(axis) >= 1 && Number(axis) <= 2 ** 24);
  if ((shape.length === 1 || shape.length === 3) && shape.every(isAxis)) return shape;
  throw config.refused(
    `has the shape ${JSON.stringify(given ?? null).slice(0, 60)}`,
    'The input must be images, [null, height, width, channels], or rows of pixels, [null, values]',
  );
}

function shapeFor(
  given: readonly (number | null)[],
  { file, data }: { file: string; data: DataShape | undefined },
): Shape {
  const known =
    data &&
    (given.length === 1 ? [data.height * data.width * data.channels] : [data.height, data.width, data.channels]);
  return given.map((axis, i) => {
    const length = axis ?? known?.[i];
    if (length !== undefined) return length;
    throw new UserError(`${file} accepts images of any size.`, {
      field: 'model.path',
      advice: { terminal: 'Say which size to show (--images HxWxC).', window: 'Give the size of the images.' },
    });
  });
}

/** Throws UserError if the data have other images or classes than the model. */
function checkData({ input, output, layers }: Blueprint, { file, topology }: OwnNetwork, data: DataShape): void {
  const { height, width, channels, classes } = data;
  const images = [height, width, channels];
  const fits =
    input.length === 1
      ? [null, sizeOf(images)].includes(input[0]!)
      : input.every((axis, i) => axis === null || axis === images[i]);
  if (!fits)
    throw refused(
      file,
      `takes ${input.length === 1 ? `rows of ${String(input[0])} values` : `images of ${input.map((axis) => axis ?? 'any').join(' × ')}`}, but the data are images of ${images.join(' × ')}`,
      'Choose data of this shape, or export the model for the shape of the data.',
    );
  const last = layers.find(({ layer }) => layer.name === topology.output);
  if (output[0] === classes) return;
  throw refused(
    file,
    `has an output of ${shapeWords(output)}${last ? ` (layer ${quote(last.layer.name)})` : ''}, but the data have ${classes} classes`,
    `The model must end with ${classes} values, one for each class.`,
  );
}

interface Built {
  file: string;
  topology: Topology;
  layers: readonly BuiltLayer[];
}

/** Returns the names of the layers with a softmax, which must be the end of the network. */
function softmaxOf({ file, topology, layers }: Built): string[] {
  const named = new Map(layers.map((built) => [built.layer.name, built]));
  const atEnd = new Set<string>();
  for (let at = named.get(topology.output); at && !atEnd.has(at.layer.name); at = named.get(at.layer.from[0]!)) {
    atEnd.add(at.layer.name);
    if (at.part.softmax !== true || at.part.passes !== true) break;
  }
  const all = layers.filter(({ part }) => part.softmax);
  for (const { layer } of all)
    if (!atEnd.has(layer.name))
      throw refusedLayer(file, layer, {
        is: 'has a softmax before the end of the network',
        remedy: 'Use another activation there',
      });
  return all.map(({ layer }) => layer.name);
}

/** Returns the classifier: the given layer, or else the last layer with a weight if only simple layers come after it. */
function classifierOf({ file, topology, layers }: Built, given: string | undefined): string | undefined {
  const hasWeight = ({ part }: BuiltLayer) => part.entries.some(({ role }) => role === 'weight');
  if (given !== undefined) {
    if (layers.some((built) => built.layer.name === given && hasWeight(built))) return given;
    const names = layers.filter(hasWeight).map(({ layer }) => layer.name);
    throw new UserError(
      `"model.classifier" is ${quote(given)}, but ${file} has no such layer with weights. Its layers with weights are ${names.join(', ')}.`,
      { field: 'model.classifier' },
    );
  }
  const named = new Map(layers.map((built) => [built.layer.name, built]));
  for (let at = named.get(topology.output); at; at = named.get(at.layer.from[0]!)) {
    if (hasWeight(at)) return at.layer.name;
    if (at.part.passes !== true) return undefined;
  }
  return undefined;
}

function refused(file: string, is: string, remedy: string): UserError {
  return new UserError(`${file} ${is}. ${remedy}`, { field: 'model.path' });
}
