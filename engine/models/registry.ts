/** The registry of networks, by the names that a run file uses. */
import { UserError } from '../errors';
import type { ModelSpec } from '../vocabulary/runOptions';
import { convnet } from './convnet';
import { mixer } from './mixer';
import { mlp } from './mlp';
import { sizeOf } from '../tensors';
import { nearest } from './nearest';
import type { Architecture, DataShape } from './network';
import type { ModelOptions } from './options';
import { resnet, resnet20 } from './resnet';

const MODELS: Record<string, (options: ModelOptions, data: DataShape) => Architecture> = {
  mlp,
  convnet,
  resnet20,
  mixer,
  resnet,
};

/** The names `model` may have. */
export const MODEL_NAMES: readonly string[] = Object.keys(MODELS);

/** Builds the network that a run file names, for the shape of the data. Throws UserError naming the field. */
export function buildArchitecture(spec: ModelSpec, data: DataShape): Architecture {
  const { model, options } = named(spec);
  const build = Object.hasOwn(MODELS, model) ? MODELS[model] : undefined;
  const classes = typeof spec === 'string' ? undefined : spec.classes;
  if (classes !== undefined && classes !== data.classes)
    throw new UserError(`model.classes is ${classes}, but the data have ${data.classes} classes; leave it out.`);
  if (build) return checkSize(build(options, data));
  throw new UserError(
    `model: there is no “${model}”${nearest(model, MODEL_NAMES)}; the models are ${MODEL_NAMES.join(', ')}.`,
  );
}

const MOST_PARAMETERS = 500e6;

/** Checked before memory is allocated: a larger network is probably a mistake, and its state would not fit into a file. */
function checkSize(architecture: Architecture): Architecture {
  const count = architecture.entries.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (count <= MOST_PARAMETERS) return architecture;
  throw new UserError(
    `model: ${architecture.name} would have ${Math.round(count / 1e6)} million parameters on these images; the most are ${MOST_PARAMETERS / 1e6} million.`,
  );
}

/** For a person: `resnet20`, or `resnet20 (width 32)`. */
export function modelLabel(spec: ModelSpec): string {
  const { model, options } = named(spec);
  const said = Object.entries(options).map(([name, value]) => `${name} ${sayValue(value)}`);
  return said.length > 0 ? `${model} (${said.join(', ')})` : model;
}

function named(spec: ModelSpec): { model: string; options: ModelOptions } {
  return typeof spec === 'string' ? { model: spec, options: {} } : { model: spec.model, options: spec.options ?? {} };
}

function sayValue(value: unknown): string {
  return Array.isArray(value) ? value.join('-') : String(value);
}
