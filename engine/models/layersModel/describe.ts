/** Describes what a user's own network consists of, and what was inferred from its file. */
import { sizeOf } from '../../tensors';
import type { NetworkDescription, NetworkLayer } from '../../vocabulary/network';
import type { OwnModelSpec } from '../../vocabulary/runOptions';
import type { Architecture, DataShape } from '../network';
import { countParameters } from '../parameters';
import { blueprint, type Blueprint, type BuiltLayer } from './build';
import { ownNetwork } from './read';

/** Returns the shape of the data that the file asks for. Throws UserError if it accepts images of any size. */
export function dataOf(spec: OwnModelSpec, images?: Omit<DataShape, 'classes'>): DataShape {
  const given = images && { ...images, classes: 0 };
  const { shape, output } = blueprint(ownNetwork(spec), given);
  const [height, width, channels] = shape.length === 1 ? [1, 1, shape[0]!] : (shape as [number, number, number]);
  return { ...(images ?? { height, width, channels }), classes: output[0]! };
}

/** Describes a network that was built from the checked options `spec`. */
export function describeOwn(spec: OwnModelSpec, architecture: Architecture): NetworkDescription {
  const plan = blueprint(ownNetwork(spec), architecture.data);
  const prunable = new Set(architecture.entries.filter((entry) => entry.prunable).map(({ name }) => name));
  return {
    file: spec.path,
    sha256: spec.sha256 ?? '',
    input: [...plan.shape],
    classes: architecture.data.classes,
    layers: plan.layers.map((layer) => describeLayer(layer, plan, prunable)),
    classifier: plan.classifier ?? null,
    parameters: countParameters(architecture).parameters,
    notes: notesOn(plan),
  };
}

function describeLayer({ layer, part }: BuiltLayer, plan: Blueprint, prunable: ReadonlySet<string>): NetworkLayer {
  const { entries, shape } = part;
  const count = (some: typeof entries) => some.reduce((sum, entry) => sum + sizeOf(entry.shape), 0);
  const roles = new Set(entries.map(({ role }) => role));
  return {
    name: layer.name,
    class: layer.class,
    shape: [...shape],
    parameters: count(entries.filter(({ role }) => role !== 'buffer')),
    prunable: count(entries.filter(({ name }) => prunable.has(name))),
    role: roles.has('weight')
      ? layer.name === plan.classifier
        ? 'classifier'
        : 'weights'
      : entries.length > 0
        ? 'normalization'
        : 'none',
  };
}

/** Returns sentences about what is inferred, and about parts of the file that have no effect. */
function notesOn({ layers, classifier, softmax }: Blueprint): string[] {
  const where = (test: (field: string, value: unknown) => boolean) =>
    layers.filter(({ layer }) => Object.entries(layer.config).some(([field, value]) => test(field, value)));
  const regularized = where((field) => /_(regularizer|constraint)$/.test(field));
  const frozen = where((field, value) => field === 'trainable' && value === false);
  const scaling = layers.filter(({ layer }) => layer.class === 'Rescaling');
  return [
    classifier === undefined
      ? 'No layer is the classifier, so every layer with weights can be pruned. If this is wrong, set "classifier" next to "path" in the run file.'
      : `The classifier is ${classifier}. If this is wrong, set "classifier" next to "path" in the run file.`,
    ...softmax.map((name) => `The softmax of ${name} is left out, because the loss takes logits.`),
    ...some(
      regularized,
      (names) => `Regularizers and constraints have no effect (${names}). Use "weightDecay" of the run file.`,
    ),
    ...some(frozen, (names) => `All layers are trained, also those with "trainable": false (${names}).`),
    ...some(
      scaling,
      (names) =>
        `The images are normalized by the dataset before ${names} scales them again. Remove this layer if it is for pixels from 0 to 255.`,
    ),
  ];
}

function some(layers: readonly BuiltLayer[], sentence: (names: string) => string): string[] {
  return layers.length === 0 ? [] : [sentence(layers.map(({ layer }) => layer.name).join(', '))];
}
