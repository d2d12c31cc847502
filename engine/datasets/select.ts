/** Chooses the images of a run from those of a dataset. The choice depends only on the options in `dataset`, not on the seed of the run. */
import { permutation, random } from '../random';
import type { ImageChoice } from '../vocabulary/runOptions';
import type { Split } from './dataset';
import { badField } from './fields';
import { copyRows } from './layout';
import { sampleByClass } from './plans';

/** The options that choose images, without `classes` and `limit`. */
export type Selection = Pick<ImageChoice, 'subset' | 'validation' | 'labelNoise' | 'seed'>;

interface Splits {
  train: Split;
  test: Split;
}

/**
 * Holds out validation images, which replace the test images; then takes a sample of each split; then changes training labels. Throws
 * UserError if there are too few images.
 */
export function select(
  splits: Splits,
  classes: number,
  { subset, validation, labelNoise, seed = 1 }: Selection,
): Splits {
  const sample = (split: Split, size: number, purpose: string) =>
    sampleByClass(split.labels, size, random(seed, purpose)).sort();
  let { train, test } = splits;
  if (validation !== undefined) {
    if (validation >= train.count)
      throw badField('validation', `is ${validation}, but there are only ${train.count} training images. Lower it`);
    const held = sample(train, validation, 'validation');
    const isHeld = new Set(held);
    const rest = Uint32Array.from({ length: train.count }, (_, i) => i).filter((i) => !isHeld.has(i));
    [train, test] = [pick(train, rest), pick(train, held)];
  }
  const part = (split: Split, name: 'train' | 'test') => {
    const size = subset?.[name];
    if (size === undefined) return split;
    if (size > split.count)
      throw badField(`subset.${name}`, `is ${size}, but there are only ${split.count} images. Lower it`);
    return pick(split, sample(split, size, `subset ${name}`));
  };
  [train, test] = [part(train, 'train'), part(test, 'test')];
  return {
    train: labelNoise ? { ...train, labels: withNoise(train.labels, { classes, labelNoise, seed }) } : train,
    test,
  };
}

/**
 * Returns the images of some classes. Their new number is the position of their class in the list. Throws UserError if there is no such
 * class, or no image of it to train on.
 */
export function ofClasses<D extends Splits & { classes: number; classNames?: string[] }>(
  dataset: D,
  chosen: readonly number[] | undefined,
): D {
  if (!chosen) return dataset;
  const { classes, classNames } = dataset;
  const unknown = chosen.find((label) => label >= classes);
  if (unknown !== undefined)
    throw badField('classes', `contains ${unknown}, but the classes of the data are 0 to ${classes - 1}. Correct it`);
  const numbers = new Map(chosen.map((label, i) => [label, i]));
  const part = (split: Split, name: string): Split => {
    const rows = Uint32Array.from({ length: split.count }, (_, i) => i).filter((i) => numbers.has(split.labels[i]!));
    if (rows.length === 0) throw badField('classes', `leaves no ${name} images. Name other classes`);
    const { labels, ...rest } = pick(split, rows);
    return { ...rest, labels: labels.map((label) => numbers.get(label)!) };
  };
  return {
    ...dataset,
    classes: chosen.length,
    ...(classNames && { classNames: chosen.map((label) => classNames[label]!) }),
    train: part(dataset.train, 'training'),
    test: part(dataset.test, 'test'),
  };
}

/** Returns the first images of a split, at most `limit`. Throws UserError if none is left. */
export function limited<S extends Split>(split: S, limit = Infinity): S {
  if (limit < 1) throw badField('limit', 'each split needs at least one example');
  if (limit >= split.count) return split;
  return pick(
    split,
    Uint32Array.from({ length: limit }, (_, i) => i),
  );
}

/** Returns the images with these indices. */
function pick<S extends Split>(split: S, indices: Uint32Array): S {
  const labels = Int32Array.from(indices, (i) => split.labels[i]!);
  const count = indices.length;
  if ('files' in split) return { ...split, count, labels, rows: indices.map((i) => split.rows[i]!) };
  return { ...split, count, labels, images: copyRows(split.images, indices, split.images.length / split.count) };
}

/** Gives a fraction of the images, chosen at random, the label of another class. Each other class is equally probable. */
function withNoise(
  labels: Int32Array,
  { classes, labelNoise, seed }: { classes: number; labelNoise: number; seed: number },
): Int32Array {
  const source = random(seed, 'label noise');
  const noisy = labels.slice();
  const chosen = permutation(labels.length, source).subarray(0, Math.round(labelNoise * labels.length));
  for (const i of chosen) noisy[i] = (labels[i]! + 1 + source.below(classes - 1)) % classes;
  return noisy;
}
