/** The heading, caption and margins of a picture, and the file names of its exports. */
import type { Marginals } from '../../../engine/protocol';
import { plural } from '../../format';
import type { DataTable } from '../../parts/dataTable';
import { comparesTwo, layerParams, moduleName, pathOf, type PictureSource } from './source';

type Source = PictureSource | undefined;

/** Returns the name and the shape of the layer. */
export function layerTitle(source: Source): string {
  return source ? `${moduleName(source.layer.name)} · ${source.layer.shape.join(' × ')}` : '';
}

/** Returns a file name such as `aws-round-03-layer1.0.conv1-sign`, without characters that file systems do not allow. */
export function exportName(start: string, source: Source): string {
  const parts = source ? [start, moduleName(source.layer.name), source.mode] : [start];
  return parts.join('-').replace(/[^\p{L}\p{N}._+-]+/gu, '-');
}

export function filesOf(source: Source): string[] {
  if (!source) return [];
  const { mode, file, against } = source;
  return (comparesTwo(mode) && against !== undefined ? [file, against] : [file]).map(pathOf);
}

/** Returns the parameters of the margins' request. The margins of a difference count weights that A or B keeps. */
export function marginalsParams(source: PictureSource) {
  const { mode, against } = source;
  return { ...layerParams(source), ...(mode === 'difference' && against !== undefined && { against }) };
}

export function marginalsKey(source: PictureSource): string {
  return JSON.stringify(marginalsParams(source));
}

/** Returns the kept shares of rows and columns as a table. */
export function marginalsTable(marginals: Marginals | undefined): DataTable {
  const { rows, columns } = marginals ?? { rows: [], columns: [] };
  const line = (axis: string) => (share: number, place: number) => [axis, place, share];
  return { columns: ['axis', 'bin', 'kept share'], rows: [...rows.map(line('row')), ...columns.map(line('column'))] };
}

/** Returns the caption. `scale` is pixels per weight: below 1, colours are means of weights. */
export function pictureCaption(source: Source, marginals: Marginals | undefined, scale: number): string {
  if (!source) return '';
  const { layer, mode } = source;
  const empty = (marginals?.rows ?? []).filter((share) => share === 0).length;
  const keeps = mode === 'difference' ? 'kept by neither' : 'fully pruned';
  const pruned = empty > 0 ? ` ${plural(empty, 'output row')} ${keeps} (marked at the right).` : '';
  const reduced = scale < 1 ? ' Pixels of several weights are strengthened so that few kept ones show.' : '';
  return `${moduleName(layer.name)}, ${layer.shape.join(' × ')}, ${mode === 'magnitude' ? '|weight|' : mode}.${pruned}${reduced}`;
}
