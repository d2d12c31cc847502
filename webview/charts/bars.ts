/** Small bars in the rows of a list. A bar shows shares of a whole. */
import { scaleLinear, select } from 'd3';

export interface Share {
  /** In [0, 1]. The shares of a bar add up to at most 1. */
  share: number;
  color: string;
}

const WIDTH = 64;
const HEIGHT = 8;
/** A part that is not 0 can be seen. */
const LEAST = 1;

/** Draws shares from the left in a frame that represents the whole. */
export function drawBar(node: HTMLElement, shares: readonly Share[], tip: string): void {
  const x = scaleLinear([0, 1], [0, WIDTH]);
  const svg = select(node).selectAll<SVGSVGElement, unknown>('svg.bar').data([0]).join('svg').attr('class', 'bar');
  svg.attr('width', WIDTH).attr('height', HEIGHT).attr('role', 'img').attr('aria-label', tip);
  svg.attr('viewBox', `0 0 ${WIDTH} ${HEIGHT}`).attr('preserveAspectRatio', 'none'); // a stylesheet can make bars wider
  node.title = tip;
  let start = 0;
  const placed = shares.map(({ share, color }) => {
    const from = start;
    start += share;
    return { from, share, color };
  });
  const frame = svg.selectAll('rect.whole').data([0]).join('rect').attr('class', 'whole');
  frame.attr('width', WIDTH).attr('height', HEIGHT);
  const parts = svg.selectAll('rect.part').data(placed).join('rect').attr('class', 'part').attr('height', HEIGHT);
  parts
    .attr('x', ({ from }) => x(from))
    .attr('width', ({ share }) => (share > 0 ? Math.max(LEAST, x(share)) : 0))
    .attr('fill', ({ color }) => color);
}
