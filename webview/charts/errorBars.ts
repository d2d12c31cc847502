/** Error bars in a chart: vertical lines with a cap at both ends. */
import type { Frame, Layer } from './frame';

export interface ErrorBar {
  /** Units are those of the axes. */
  x: number;
  low: number;
  high: number;
  color: string;
  /** The key of the row of a legend. */
  row: string;
}

/** Half of the width of a cap in pixels. */
const CAP = 4;

/** Draws the bars into a layer. */
export function drawErrorBars(layer: Layer, frame: Pick<Frame, 'x' | 'y'>, bars: readonly ErrorBar[]): void {
  const path = ({ x, low, high }: ErrorBar) => {
    const [at, top, bottom] = [frame.x(x), frame.y(high), frame.y(low)];
    return `M${at},${top}V${bottom}M${at - CAP},${top}h${2 * CAP}M${at - CAP},${bottom}h${2 * CAP}`;
  };
  layer
    .selectAll('path')
    .data(bars)
    .join('path')
    .attr('data-row', ({ row }) => row)
    .attr('stroke', ({ color }) => color)
    .attr('d', path);
}
