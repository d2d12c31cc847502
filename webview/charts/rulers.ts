/** The rulers around a picture. They show row and column numbers, bars for kept shares, and marks for fully pruned rows and columns. */
import { axisLeft, axisTop, format, scaleLinear, type ScaleLinear } from 'd3';
import type { Marginals } from '../../engine/protocol';
import type { Camera, Extent } from './camera';
import { groupOf, svgOf, type Layer } from './frame';

export interface RulerOptions {
  width: number;
  height: number;
  camera: Camera;
  extent: Extent;
  /** Describes the axes: “out 64 × in·3·3”. */
  axes: string;
  marginals?: Marginals;
  label: string;
  /** The height in pixels of the legend above the picture. */
  above: number;
}

/** Returns the size of picture and rulers. It is smaller than the node if the layer ends inside the view. */
export function usedSize({ width, height, camera, extent, above }: Omit<RulerOptions, 'axes' | 'marginals' | 'label'>) {
  return {
    width: Math.min(width, RULER.left + (extent.columns - camera.x) * camera.scale + RULER.right),
    height: Math.min(height, above + RULER.top + (extent.rows - camera.y) * camera.scale + RULER.bottom),
  };
}

/** Margins of the picture in its node. */
export const RULER = { left: 48, top: 38, right: 40, bottom: 34 };

const whole = format('d');

/** Draws rulers and marginal bars around the picture. */
export function drawRulers(node: HTMLElement, options: RulerOptions): void {
  const { width, height, camera, extent, axes } = options;
  const svg = svgOf(node, options);
  const start = RULER.top + options.above;
  const visibleSize = (size: number, from: number, room: number) => Math.min(room, (size - from) * camera.scale);
  const right = RULER.left + visibleSize(extent.columns, camera.x, width - RULER.left - RULER.right);
  const bottom = start + visibleSize(extent.rows, camera.y, height - start - RULER.bottom);
  const x = scaleLinear([camera.x, camera.x + (right - RULER.left) / camera.scale], [RULER.left, right]);
  const y = scaleLinear([camera.y, camera.y + (bottom - start) / camera.scale], [start, bottom]);
  const top = axisTop(atCentres(x))
    .tickValues(wholeTicks(x.ticks((right - RULER.left) / 70), extent.columns))
    .tickFormat(whole);
  const left = axisLeft(atCentres(y))
    .tickValues(wholeTicks(y.ticks((bottom - start) / 40), extent.rows))
    .tickFormat(whole);
  groupOf(svg, 'columns').attr('transform', `translate(0,${start})`).call(top.tickSizeOuter(0));
  groupOf(svg, 'rows').attr('transform', `translate(${RULER.left},0)`).call(left.tickSizeOuter(0));
  const name = groupOf(svg, 'axis-names').selectAll('text').data([axes]).join('text');
  name
    .attr('x', RULER.left)
    .attr('y', options.above + 12)
    .text(`rows × columns: ${axes}`);
  const { rows, columns } = options.marginals ?? { rows: [], columns: [] };
  drawMarginal(groupOf(svg, 'row-shares'), bars(rows, y, extent.rows), {
    across: true,
    start: right + 4,
    room: RULER.right - 8,
  });
  drawMarginal(groupOf(svg, 'column-shares'), bars(columns, x, extent.columns), {
    across: false,
    start: bottom + 4,
    room: RULER.bottom - 8,
  });
}

/** Returns a scale that puts the number of a row or column at the centre of its cells. */
function atCentres(scale: ScaleLinear<number, number>): ScaleLinear<number, number> {
  const [from, to] = scale.domain() as [number, number];
  return scaleLinear([from - 0.5, to - 0.5], scale.range());
}

function wholeTicks(ticks: number[], size: number): number[] {
  return ticks.filter((tick) => Number.isInteger(tick) && tick >= 0 && tick < size);
}

interface Bar {
  share: number;
  from: number;
  size: number;
}

/** Returns the visible bars. A bar covers all rows (or columns) of its bin. */
function bars(shares: readonly number[], scale: ScaleLinear<number, number>, count: number): Bar[] {
  const each = count / shares.length;
  const [start, end] = scale.range() as [number, number];
  return shares
    .map((share, bin) => {
      const [from, to] = [Math.max(start, scale(bin * each)), Math.min(end, scale((bin + 1) * each))];
      return { share, from, size: to - from };
    })
    .filter(({ size }) => size > 0);
}

/** Draws all bars of one kind as a single path, because there may be a thousand bars. */
function drawMarginal(
  layer: Layer,
  data: Bar[],
  { across, start, room }: { across: boolean; start: number; room: number },
) {
  const shapeOf = ({ share, from, size }: Bar) => {
    const length = share === 0 ? 4 : share * room;
    const thickness = Math.max(0.5, size - (size > 3 ? 1 : 0));
    return across ? rectangle(start, from, length, thickness) : rectangle(from, start, thickness, length);
  };
  const kinds = [
    { name: 'kept-share', bars: data.filter(({ share }) => share > 0) },
    { name: 'all-pruned', bars: data.filter(({ share }) => share === 0) },
  ].filter((kind) => kind.bars.length > 0);
  const paths = layer.selectAll('path').data(kinds).join('path');
  paths.attr('class', ({ name }) => name).attr('d', (kind) => kind.bars.map(shapeOf).join(''));
}

function rectangle(x: number, y: number, width: number, height: number): string {
  return `M${x.toFixed(2)},${y.toFixed(2)}h${width.toFixed(2)}v${height.toFixed(2)}h${(-width).toFixed(2)}z`;
}
