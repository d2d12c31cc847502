/** Describes a picture: a layer of a checkpoint in one mode, alone or against another checkpoint. */
import type { LayerHeader } from '../../../engine/protocol';
import type { Mode } from '../../charts/cells';

export interface PictureSource {
  file: string;
  layer: LayerHeader;
  mode: Mode;
  /** The other checkpoint, for flips, differences and the value under the pointer. */
  against?: string;
  /** The checkpoint that `layer` is of, if it is not `file`. */
  orderOf?: string;
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
  return { ...layerParams(source), ...(comparesTwo(mode) && against !== undefined && { against }) };
}

/** Returns the parameters that say which layer of which file, and in which order. */
export function layerParams({ file, layer, orderOf }: PictureSource) {
  return { file, layer: layer.name, ...(orderOf !== undefined && { orderOf }) };
}

/** Returns the module's name: the name of its weight tensor without “.weight”. */
export function moduleName(tensor: string): string {
  return tensor.replace(/\.weight$/, '');
}
