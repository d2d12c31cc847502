/** Describes a picture: a layer of a checkpoint in one mode, alone or against another checkpoint. */
import { oneLine } from '../../../engine/vocabulary/text';
import type { CheckpointRef, LayerHeader, NameMap } from '../../../engine/protocol';
import { needsWeights, type Mode } from '../../charts/cells';

export interface PictureSource {
  file: CheckpointRef;
  layer: LayerHeader;
  mode: Mode;
  /** The other checkpoint, for flips, differences and the value under the pointer. */
  against?: CheckpointRef;
  /** The checkpoint whose order of rows and columns `layer` has. By default, this is `file`. */
  orderOf?: CheckpointRef;
  /** Layers that the user has matched by hand: the name in `orderOf`, and in another file. */
  map?: NameMap;
  /** The name of the other checkpoint: `init`, `round 3`, `B`. */
  againstName: string;
  /** Largest |w| of the layer. */
  largest: number;
}

/** Returns whether the tiles of a mode need both checkpoints. */
export function comparesTwo(mode: Mode): boolean {
  return mode === 'flips' || mode === 'difference';
}

/** Returns the parameters of a picture request, without region and size. */
export function tileParams(source: PictureSource) {
  const { mode, against } = source;
  const other = comparesTwo(mode) && against !== undefined && { against };
  return { ...layerParams(source), ...other, weights: needsWeights(mode) };
}

/** Returns the parameters that choose a layer of a file, and the order of its rows and columns. */
export function layerParams({ file, layer, orderOf, map }: PictureSource) {
  return { file, layer: layer.name, ...(orderOf !== undefined && { orderOf }), ...(map && { map }) };
}

/** Returns the path of a checkpoint. */
export function pathOf(checkpoint: CheckpointRef): string {
  return typeof checkpoint === 'string' ? checkpoint : checkpoint.file;
}

/** Returns the name of a module for a person: that of its weight without “.weight”, with unprintable characters as `\uXXXX`. */
export function moduleName(tensor: string): string {
  const name = oneLine(tensor.replace(/\.weight$/, ''));
  return name === '' ? '(no name)' : name;
}

/** Whether two pictures have the same tiles, so that only their colours differ. */
export function sameTiles(a: PictureSource | undefined, b: PictureSource): boolean {
  return a !== undefined && JSON.stringify(tileParams(a)) === JSON.stringify(tileParams(b));
}

/**
 * Returns the rows and columns of a convolution's kernels in the picture of their layer. Undefined for a matrix, and for a depthwise kernel
 * of Keras, where each column is one kernel.
 */
export function kernelOf({ shape, layout }: Pick<LayerHeader, 'shape' | 'layout'>) {
  if (shape.length < 3 || layout.endsWith('IM')) return undefined;
  const outputsFirst = layout.startsWith('O');
  const size = outputsFirst ? shape.slice(2).reduce((a, b) => a * b, 1) : shape.at(-2)!;
  if (size < 2) return undefined;
  return outputsFirst ? { rows: 1, columns: size } : { rows: size, columns: 1 };
}
