/** Which picture: a layer of a checkpoint, told in one mode, alone or against another checkpoint. */
import type { LayerHeader } from '../../../engine/protocol';
import type { Mode } from '../../charts/cells';

export interface PictureSource {
  file: string;
  layer: LayerHeader;
  mode: Mode;
  /** The other checkpoint, for flips and differences and for what the pointer says; absent: there is none. */
  against?: string;
  /** What the other one is called: `init`, `round 3`, `B`. */
  againstName: string;
  /** Largest |w| of the layer. */
  largest: number;
}

/** Whether a mode's tiles need both checkpoints. */
export function comparesTwo(mode: Mode): boolean {
  return mode === 'flips' || mode === 'difference';
}

/** The parameters of a picture request, less region and size. */
export function tileParams({ file, layer, mode, against }: PictureSource) {
  return { file, layer: layer.name, ...(comparesTwo(mode) && against !== undefined && { against }) };
}

/** A layer's name as the network's code has it. */
export function moduleName(tensor: string): string {
  return tensor.replace(/\.weight$/, '');
}
