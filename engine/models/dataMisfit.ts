/** Explains why a tensor of a checkpoint does not fit: its shape follows from the images or classes that it was trained on. */
import { UserError } from '../errors';
import type { ModelSpec } from '../vocabulary/runOptions';
import type { Architecture, DataShape, Entry } from './network';
import { buildArchitecture } from './registry';

interface Property {
  /** The same data with another value of this property. */
  other: (data: DataShape) => DataShape;
  words: (data: DataShape) => string;
  remedy: string;
}

/** In the order in which remedies are given. */
const PROPERTIES: readonly Property[] = [
  {
    other: (data) => ({ ...data, height: 2 * data.height, width: 2 * data.width }),
    words: ({ height, width }) => `the image size, which is ${height} × ${width} here`,
    remedy:
      'Use images of the size that the checkpoint was trained on, or a network whose weights do not depend on it, such as resnet20',
  },
  {
    other: (data) => ({ ...data, channels: data.channels + 1 }),
    words: ({ channels }) => `the number of channels, which is ${channels} here`,
    remedy: 'Use images with as many channels as those that the checkpoint was trained on',
  },
  {
    other: (data) => ({ ...data, classes: data.classes + 1 }),
    words: ({ classes }) => `the number of classes, which is ${classes} here`,
    remedy: 'To start with a new classifier, set "classifier" to "new"',
  },
];

/**
 * Returns sentences that name the properties of the data from which all differing axes of a shape follow. They are found by building the
 * network for other data. Returns undefined if the shapes differ for another reason.
 */
export function dataMisfit(
  spec: ModelSpec,
  { data }: Pick<Architecture, 'data'>,
  { entry, found }: { entry: Entry; found: readonly number[] },
): string | undefined {
  if (found.length !== entry.shape.length) return undefined;
  const differing = differingAxes(found, entry.shape);
  const axes = PROPERTIES.map((property) => [property, axesOf(spec, property.other(data), entry)] as const);
  const causes = axes.filter(([, own]) => own.some((axis) => differing.includes(axis)));
  if (!differing.every((axis) => causes.some(([, own]) => own.includes(axis)))) return undefined;
  const words = causes.map(([{ words: text }]) => text(data)).join(', and on ');
  return `Its shape depends on ${words}. ${causes[0]![0].remedy}.`;
}

/** Returns the axes of an entry whose length changes with the data. */
function axesOf(spec: ModelSpec, data: DataShape, entry: Entry): number[] {
  try {
    const other = buildArchitecture(spec, data).entries.find(({ name }) => name === entry.name);
    return other?.shape.length === entry.shape.length ? differingAxes(other.shape, entry.shape) : [];
  } catch (error) {
    if (error instanceof UserError) return []; // the network does not exist for these data
    throw error;
  }
}

function differingAxes(a: readonly number[], b: readonly number[]): number[] {
  return a.flatMap((length, axis) => (length === b[axis] ? [] : [axis]));
}
