/** Matches the layers of two checkpoints, although tools name and store the same layer differently. */
import { command } from '../commands';
import { UserError } from '../errors';
import { sizeOfDtype } from './dtypes';
import { quote } from '../json/strict';
import type { LayerMatch, NameMap } from '../vocabulary/inspection';
import type { Layer } from './layers';
import { byPath, modulePath } from './modulePath';
import { byName, withTensors, type CheckpointReader } from './reader';
import { isReshaped } from '../tensors';
import { fillOf, stridesOf } from './strided';

export interface LayerPair {
  a: Layer;
  b: Layer;
  match: LayerMatch;
}

export interface Matched {
  /** The matching layers, in the order of A. */
  pairs: LayerPair[];
  /** Layers that have a partner, but their shapes do not fit. */
  misshapen: { a: Layer; b: Layer; by: LayerMatch['by'] }[];
}

/**
 * Matches layers first by `map`, then by equal names, then by names without wrappers (`module.`, `_orig_mod.`, …) if only one layer of each
 * checkpoint has that name. Throws UserError, naming the file, for a name in `map` that is not a layer.
 */
export function matchLayers(a: Side, b: Side, map: NameMap = []): Matched {
  const found = new Map<Layer, Found>();
  for (const [nameA, nameB] of map) found.set(named(a, nameA), { b: named(b, nameB), by: 'map' });
  const namesB = byName(restOfB(b, found));
  for (const layer of restOfA(a, found)) {
    const partner = namesB.get(layer.name);
    if (partner) found.set(layer, { b: partner, by: 'name' });
  }
  const pathOf = ({ name }: Layer) => modulePath(name).path;
  const [pathsA, pathsB] = [byPath(restOfA(a, found), pathOf), byPath(restOfB(b, found), pathOf)];
  for (const [path, layer] of pathsA) {
    const partner = pathsB.get(path);
    if (layer && partner) found.set(layer, { b: partner, by: 'prefix' });
  }
  const matched: Matched = { pairs: [], misshapen: [] };
  for (const layer of a.layers) {
    const partner = found.get(layer);
    if (!partner) continue;
    const axes = axesBetween(layer, partner.b);
    if (!axes) matched.misshapen.push({ a: layer, ...partner });
    else matched.pairs.push({ a: layer, b: partner.b, match: matchOf(layer, partner, axes) });
  }
  return matched;
}

/** Returns the layer of `b` that matches this layer of `a`. Throws UserError, naming both files, if there is none. */
export function partnerOf(a: Side, b: Side, layer: Layer, map?: NameMap): LayerPair {
  const { pairs, misshapen } = matchLayers(a, b, map);
  const pair = pairs.find((candidate) => candidate.a === layer);
  if (pair) return pair;
  const other = misshapen.find((candidate) => candidate.a === layer)?.b;
  const [fileA, fileB] = [a.reader.file, b.reader.file];
  if (!other)
    throw new UserError(`${fileB} has no layer that matches ${quote(layer.name)} of ${fileA}.`, {
      advice: { terminal: 'Name the matching layer with --map.', window: 'Match this layer by hand.' },
    });
  const shapes = `[${layer.shape.join(', ')}] in ${fileA}, but [${other.shape.join(', ')}] in ${fileB}`;
  throw new UserError(`layer ${quote(layer.name)} has shape ${shapes}. Choose a layer with equal shapes.`);
}

/** Returns a reader of B in which the weight and the mask of a layer have the shape and axis order of A. */
export function inOrderOfA(
  reader: CheckpointReader,
  { a, b, match }: LayerPair,
): { reader: CheckpointReader; layer: Layer } {
  if (!match.axesB && a.shape.join() === b.shape.join()) return { reader, layer: b };
  const stored = [b.weight, ...(b.mask ? [b.mask] : [])];
  const ordered = stored.map(({ name, dtype, shape }) => {
    const whole = (into: Uint8Array, from: number) => reader.read(name, from / sizeOfDtype(dtype), into);
    const strides = stridesOf(shape, false);
    const axes = match.axesB ?? shape.map((_, axis) => axis);
    const view = {
      dtype,
      offset: 0,
      shape: axes.map((axis) => shape[axis]!),
      strides: axes.map((axis) => strides[axis]!),
    };
    return { name, dtype, shape: a.shape, fill: fillOf(view, whole, { big: false, file: reader.file }) };
  });
  const [weight, mask] = ordered.map(({ fill: _, ...tensor }) => tensor);
  const { rows, columns, axes, shape, layout, outputsLast } = a;
  const layer = { ...b, weight: weight!, ...(mask && { mask }), rows, columns, axes, shape, layout, outputsLast };
  return { reader: withTensors(reader, ordered), layer };
}

export interface Side {
  reader: CheckpointReader;
  layers: readonly Layer[];
}

interface Found {
  b: Layer;
  by: LayerMatch['by'];
}

function named({ reader, layers }: Side, name: string): Layer {
  const layer = layers.find((candidate) => candidate.name === name || candidate.weight.name === name);
  if (layer) return layer;
  throw new UserError(`${reader.file} has no layer ${quote(name)}, which is matched by hand.`, {
    advice: {
      terminal: `Correct --map. “${command('inspect')}” lists its layers.`,
      window: 'Choose one of its layers.',
    },
  });
}

/** Returns the layers of A that have no partner yet. A and B may be the same file, and then share their layers. */
function restOfA({ layers }: Side, found: ReadonlyMap<Layer, Found>): Layer[] {
  return layers.filter((layer) => !found.has(layer));
}

function restOfB({ layers }: Side, found: ReadonlyMap<Layer, Found>): Layer[] {
  const taken = new Set([...found.values()].map(({ b }) => b));
  return layers.filter((layer) => !taken.has(layer));
}

function matchOf(a: Layer, { b, by }: Found, axes: readonly number[]): LayerMatch {
  const inOrder = axes.every((axis, i) => axis === i);
  const [leftA, leftB] = by === 'prefix' ? [modulePath(a.name).left, modulePath(b.name).left] : ['', ''];
  return {
    by,
    ...(a.name !== b.name && { nameB: b.name }),
    ...(leftA && { leftA }),
    ...(leftB && { leftB }),
    ...(!inOrder && { axesB: [...axes] }),
  };
}

/**
 * Returns the axes of B in the order of A: [3, 2, 0, 1] reads HWIO as OIHW. Axes of length 1 may be missing in A or B, because they do not
 * change the order of the numbers. Returns undefined if the shapes do not fit.
 */
function axesBetween(a: Layer, b: Layer): number[] | undefined {
  const axes = b.shape.map((_, axis) => axis);
  const ordered = a.outputsLast === b.outputsLast || axes.length < 2 ? axes : reordered(axes, b.outputsLast);
  const shape = ordered.map((axis) => b.shape[axis]!);
  return isReshaped(shape, a.shape) ? ordered : undefined;
}

function reordered(axes: readonly number[], outputsLast: boolean): number[] {
  if (outputsLast) return [axes.length - 1, axes.length - 2, ...axes.slice(0, -2)];
  return [...axes.slice(2), 1, 0];
}
