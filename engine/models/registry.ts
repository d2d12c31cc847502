/** Builds networks by the names that a run file uses. */
import { UserError } from '../errors';
import { sizeOf } from '../tensors';
import { MODELS, type ModelName } from '../vocabulary/modelSchemas';
import type { ModelOptions, ModelSpec } from '../vocabulary/runOptions';
import { defaultsOf } from '../vocabulary/schemaWords';
import { convnet } from './convnet';
import { mixer } from './mixer';
import { mlp } from './mlp';
import type { Architecture, DataShape } from './network';
import { resnet, resnet20 } from './resnet';

type Builder<M extends ModelName> = (options: ModelOptions<M>, data: DataShape) => Architecture;

const BUILDERS: { [M in ModelName]: Builder<M> } = { mlp, convnet, resnet20, mixer, resnet };

/** Builds the network of checked options for the shape of the data. Throws UserError naming the field if they do not fit. */
export function buildArchitecture(spec: ModelSpec, data: DataShape): Architecture {
  const { model, options, classes } = named(spec);
  if (classes !== undefined && classes !== data.classes)
    throw new UserError(`model.classes is ${classes}, but the data have ${data.classes} classes. Leave it out.`, {
      field: 'model.classes',
    });
  return checkSize(build(model, options, data));
}

function build(model: ModelName, given: object, data: DataShape): Architecture {
  // The options were checked with the schema of this model, which also gives the type of its builder.
  const builder = BUILDERS[model] as (options: object, data: DataShape) => Architecture;
  return builder({ ...defaultsOf(MODELS[model].options), ...given }, data);
}

const MOST_PARAMETERS = 500e6;

/** Greatest number of parameters. A larger network is probably a mistake, and its state would not fit into a file. */
function checkSize(architecture: Architecture): Architecture {
  const count = architecture.entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (count <= MOST_PARAMETERS) return architecture;
  throw new UserError(
    `model: ${architecture.name} would have ${Math.round(count / 1e6)} million parameters for these images. At most ${MOST_PARAMETERS / 1e6} million are supported.`,
    { field: 'model' },
  );
}

/** Returns the displayed name, for example `resnet20` or `resnet20 (width 32)`. */
export function modelLabel(spec: ModelSpec): string {
  const { model, options } = named(spec);
  const said = Object.entries(options).map(([name, value]) => `${name} ${sayValue(value)}`);
  return said.length > 0 ? `${model} (${said.join(', ')})` : model;
}

function named(spec: ModelSpec): { model: ModelName; options: object; classes?: number | undefined } {
  return typeof spec === 'string' ? { model: spec, options: {} } : { ...spec, options: spec.options ?? {} };
}

function sayValue(value: unknown): string {
  return Array.isArray(value) ? value.join('-') : String(value);
}
