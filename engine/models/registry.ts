/** Builds networks by the model names of run files. */
import { UserError } from '../errors';
import { sizeOf } from '../tensors';
import { MODELS, type ModelName } from '../vocabulary/modelSchemas';
import { isOwn, ownName } from '../vocabulary/models/ownName';
import type { ModelOptions, ModelSpec, OwnModelSpec } from '../vocabulary/runOptions';
import { defaultsOf } from '../vocabulary/schemaWords';
import { convnet } from './convnet';
import { efficientnet } from './efficientnet';
import { layersModel } from './layersModel/build';
import { ownNetwork } from './layersModel/read';
import { lenet } from './lenet';
import { mixer, namedMixer } from './mixer';
import { mobilenetv2 } from './mobilenetv2';
import { mlp } from './mlp';
import type { Architecture, DataShape } from './network';
import { prunableTexts, withPrunable } from './prunable';
import { largeResnet, resnet, smallResnet } from './resnet';
import { shufflenet } from './shufflenet';
import { vgg } from './vgg';
import { namedVit, vit } from './vit';

type Builder<M extends ModelName> = (options: ModelOptions<M>, data: DataShape) => Architecture;

const BUILDERS: { [M in ModelName]: Builder<M> } = {
  mlp,
  convnet,
  mixer,
  mixer_tiny: namedMixer('mixer_tiny'),
  mixer_d512: namedMixer('mixer_d512'),
  lenet,
  vgg,
  mobilenetv2,
  efficientnet,
  shufflenet,
  vit,
  vit_b_16: namedVit('vit_b_16'),
  deit_tiny: namedVit('deit_tiny'),
  deit_small: namedVit('deit_small'),
  resnet,
  resnet20: smallResnet('resnet20', 3),
  resnet32: smallResnet('resnet32', 5),
  resnet56: smallResnet('resnet56', 9),
  resnet18: largeResnet('resnet18', 'basic', [2, 2, 2, 2]),
  resnet34: largeResnet('resnet34', 'basic', [3, 4, 6, 3]),
  resnet50: largeResnet('resnet50', 'bottleneck', [3, 4, 6, 3]),
};

/** Builds the network of checked options for the shape of the data. If they do not fit, throws UserError with the wrong field. */
export function buildArchitecture(spec: ModelSpec, data: DataShape): Architecture {
  const { classes, prunable }: ModelFields = typeof spec === 'string' ? {} : spec;
  if (classes !== undefined && classes !== data.classes)
    throw new UserError(`model.classes is ${classes}, but the data have ${data.classes} classes. Remove this option.`, {
      field: 'model.classes',
    });
  const architecture = checkSize(isOwn(spec) ? layersModel(ownNetwork(spec), data) : build(named(spec), data));
  return withPrunable(architecture, prunable);
}

function build({ model, options: given }: NamedModel, data: DataShape): Architecture {
  // The schema of this model has checked the options. The same schema gives the type of the options of its builder.
  const builder = BUILDERS[model] as (options: object, data: DataShape) => Architecture;
  return builder({ ...defaultsOf(MODELS[model].options), ...given }, data);
}

const MOST_PARAMETERS = 500e6;

/** Refuses networks with more parameters: they are probably mistakes, and their state would not fit into a file. */
function checkSize(architecture: Architecture): Architecture {
  const count = architecture.entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (count <= MOST_PARAMETERS) return architecture;
  throw new UserError(
    `model: ${architecture.name} would have ${Math.round(count / 1e6)} million parameters for these images. At most ${MOST_PARAMETERS / 1e6} million are supported. Choose smaller "options" of the model.`,
    { field: 'model' },
  );
}

/** Returns the displayed name, for example `resnet20` or `resnet20 (width 32)`. */
export function modelLabel(spec: ModelSpec): string {
  const { model, options, prunable } = isOwn(spec) ? { ...spec, model: ownName(spec), options: {} } : named(spec);
  const given = Object.entries(options).map(([name, value]) => `${name} ${valueText(value)}`);
  const texts = [...given, ...prunableTexts(prunable)];
  return texts.length > 0 ? `${model} (${texts.join(', ')})` : model;
}

type ModelFields = Pick<Exclude<ModelSpec, string>, 'classes' | 'prunable'>;

/** A network by name, with its options. */
interface NamedModel extends ModelFields {
  model: ModelName;
  options: object;
}

function named(spec: Exclude<ModelSpec, OwnModelSpec>): NamedModel {
  return typeof spec === 'string' ? { model: spec, options: {} } : { ...spec, options: spec.options ?? {} };
}

function valueText(value: unknown): string {
  return Array.isArray(value) ? value.join('-') : String(value);
}
