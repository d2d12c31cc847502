/** The shapes of a file's tensors by the names that our networks use, for guesses about its network. */
import { parameterPath } from '../../checkpoints/modulePath';
import type { ModelSpec } from '../../vocabulary/runOptions';
import type { NormOptions } from '../layers/normalization';
import type { DataShape } from '../network';

export class Shapes {
  readonly #shapes = new Map<string, readonly number[]>();

  constructor(tensors: ReadonlyMap<string, { shape: readonly number[] }>) {
    for (const [name, { shape }] of tensors) this.#shapes.set(parameterPath(name).replaceAll('/', '.'), shape);
  }

  get names(): string[] {
    return [...this.#shapes.keys()];
  }

  has(name: string): boolean {
    return this.#shapes.has(name);
  }

  /** Returns the length of an axis of a tensor, or 0 if there is no such axis. */
  size(name: string, axis: number): number {
    return this.#shapes.get(name)?.[axis] ?? 0;
  }

  /** Number of output channels or units of a layer, or 0 if there is no such layer. */
  outputs(layer: string): number {
    return this.size(`${layer}.weight`, 0);
  }

  inputs(layer: string): number {
    return this.size(`${layer}.weight`, 1);
  }

  /** Returns how many of the layers `nameOf(0)`, `nameOf(1)`, … there are in a row. */
  count(nameOf: (i: number) => string): number {
    let count = 0;
    while (this.has(`${nameOf(count)}.weight`)) count++;
    return count;
  }
}

/** Default number of groups of group norm. */
const GROUPS = 8;

/**
 * Returns the kinds of normalization that a network may have, whose first normalization layer is `name`. Without running statistics, it may be
 * group norm, or batch norm whose statistics were not saved. The number of groups cannot be known.
 */
export function normsOf(shapes: Shapes, name: string): { options: Partial<NormOptions>; notes: string[] }[] {
  if (!shapes.has(`${name}.weight`)) return [{ options: { norm: 'none' }, notes: [] }];
  if (shapes.has(`${name}.running_mean`)) return [{ options: {}, notes: [] }];
  const assumed = `The file does not say the number of groups of its group norm, so ${GROUPS} groups are assumed. If this is wrong, name the network.`;
  return [
    { options: {}, notes: [] },
    { options: { norm: 'group', groups: GROUPS }, notes: [assumed] },
  ];
}

/** A network that may be the one in the file. */
export interface Guess {
  spec: Exclude<ModelSpec, string>;
  /** Images that fit the tensors, the most probable first. Empty if the file cannot say what its images are. */
  images: readonly Images[];
  /** Images of any size fit; `images` has only their number of channels. */
  anySize?: boolean;
  classes: number;
  /** Sentences about what the file does not say, and what is assumed instead. */
  notes: string[];
}

export type Images = Omit<DataShape, 'classes'>;
export type Guesser = (shapes: Shapes) => Guess[];

/** A size for networks that take images of any size. All networks accept it. */
const ANY = 224;

/** Returns the images of a network that takes images of any size. */
export function ofAnySize(channels: number): Pick<Guess, 'images' | 'anySize'> {
  return { images: [{ height: ANY, width: ANY, channels }], anySize: true };
}

/** Returns the square root of a number if it is whole. */
export function wholeRoot(value: number): number | undefined {
  const root = Math.round(Math.sqrt(value));
  return root > 0 && root * root === value ? root : undefined;
}

/** Returns the integers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
