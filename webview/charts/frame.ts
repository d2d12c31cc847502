/** The frame of a chart: margins, scales, axes and grid. */
import {
  axisBottom,
  axisLeft,
  scaleLinear,
  scaleLog,
  select,
  type AxisDomain,
  type NumberValue,
  type ScaleContinuousNumeric,
  type Selection,
} from 'd3';

export interface AxisOptions {
  label: string;
  /** The values at the left (bottom) and right (top) end of the axis. The first may be the larger one. */
  domain: [number, number];
  log?: boolean;
  ticks?: number[];
  format: (value: number) => string;
  /** Marks the axis with a break, because it does not start at 0. */
  cut?: boolean;
}

export interface FrameOptions {
  width: number;
  height: number;
  x: AxisOptions;
  y: AxisOptions;
  /** Width of the right margin, for labels. */
  right?: number;
  label: string;
}

export type Scale = ScaleContinuousNumeric<number, number>;
export type Layer = Selection<SVGGElement, unknown, null, undefined>;

export interface Frame {
  svg: Selection<SVGSVGElement, unknown, null, undefined>;
  x: Scale;
  y: Scale;
  left: number;
  right: number;
  top: number;
  bottom: number;
  /** Returns the layer with this name. Layers that are used later are drawn above earlier ones. */
  layer: (name: string) => Layer;
}

const MARGIN = { top: 12, right: 12, bottom: 36, left: 52 };

/** Returns the `svg` of a node, resized. Creates the `svg` on first use. */
export function svgOf(node: HTMLElement, { width, height, label }: { width: number; height: number; label: string }) {
  const svg = select(node).selectAll<SVGSVGElement, unknown>(':scope > svg').data([0]).join('svg');
  svg.attr('width', width).attr('height', height).attr('role', 'group').attr('aria-label', label);
  return select<SVGSVGElement, unknown>(svg.node()!);
}

export function groupOf(parent: Frame['svg'] | Layer, name: string): Layer {
  const inside = parent as Layer;
  const group = inside.selectAll<SVGGElement, unknown>(`:scope > g.${name}`).data([0]).join('g').attr('class', name);
  return select(group.node()!);
}

/** Returns a layer that is clipped to the plot area. */
export function clipped(frame: Frame, name: string): Layer {
  const id = `${(frame.svg.node()!.id ||= `chart-${++charts}`)}-plot`;
  const clip = frame.svg.selectAll('clipPath').data([id]).join('clipPath').attr('id', id);
  clip
    .selectAll('rect')
    .data([frame])
    .join('rect')
    .attr('x', frame.left)
    .attr('y', frame.top)
    .attr('width', frame.right - frame.left)
    .attr('height', frame.bottom - frame.top);
  return frame.layer(name).attr('clip-path', `url(#${id})`);
}

let charts = 0;

/** Draws axes and grid into a node. Returns the frame with its scales, for drawing marks. */
export function drawFrame(node: HTMLElement, options: FrameOptions): Frame {
  const { width, height } = options;
  const svg = svgOf(node, options);
  const edges = {
    left: MARGIN.left,
    right: Math.max(MARGIN.left + 10, width - (options.right ?? MARGIN.right)),
    top: MARGIN.top,
    bottom: Math.max(MARGIN.top + 10, height - MARGIN.bottom),
  };
  const x = scaleOf(options.x, [edges.left, edges.right]);
  const y = scaleOf(options.y, [edges.bottom, edges.top]);
  const frame = { svg, x, y, ...edges, layer: (name: string) => groupOf(svg, name) };
  drawGrid(frame, options);
  drawAxes(frame, options);
  return frame;
}

function scaleOf({ domain, log }: AxisOptions, range: [number, number]): Scale {
  return log ? scaleLog(domain, range) : scaleLinear(domain, range);
}

function ticksOf({ ticks }: AxisOptions, scale: Scale, room: number): number[] {
  const [low, high] = [...scale.domain()].sort((a, b) => a - b) as [number, number];
  const wanted = ticks?.filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  if (wanted && wanted.length > 1) return wanted;
  const most = Math.max(2, Math.floor(room));
  // Logarithmic ticks are too far apart for an axis that is shorter than a decade.
  return wanted ? scaleLinear().domain([low, high]).ticks(most) : scale.ticks(most);
}

/** Returns about how many ticks a vertical axis has room for. */
function rowsOf({ top, bottom }: Frame): number {
  return Math.min(8, (bottom - top) / 44);
}

function drawGrid(frame: Frame, { y }: FrameOptions): void {
  frame
    .layer('grid')
    .selectAll('line')
    .data(ticksOf(y, frame.y, rowsOf(frame)))
    .join('line')
    .attr('x1', frame.left)
    .attr('x2', frame.right)
    .attr('y1', frame.y)
    .attr('y2', frame.y);
}

function drawAxes(frame: Frame, { x, y }: FrameOptions): void {
  const text = (axis: AxisOptions) => (value: AxisDomain | NumberValue) => axis.format(Number(value));
  const bottom = axisBottom(frame.x)
    .tickValues(ticksOf(x, frame.x, (frame.right - frame.left) / 64))
    .tickFormat(text(x))
    .tickSizeOuter(0);
  const left = axisLeft(frame.y)
    .tickValues(ticksOf(y, frame.y, rowsOf(frame)))
    .tickFormat(text(y))
    .tickSizeOuter(0);
  frame.layer('x-axis').attr('transform', `translate(0,${frame.bottom})`).call(bottom);
  frame.layer('y-axis').attr('transform', `translate(${frame.left},0)`).call(left);
  const names = frame.layer('axis-names');
  axisName(names, 'x', x.label)
    .attr('x', frame.right)
    .attr('y', frame.bottom + 32)
    .attr('text-anchor', 'end');
  axisName(names, 'y', y.label).attr('transform', `translate(12,${frame.top}) rotate(-90)`).attr('text-anchor', 'end');
  const zigzag = `M${frame.left - 4},${frame.bottom - 3}l8,-4M${frame.left - 4},${frame.bottom - 7}l8,-4`;
  names
    .selectAll('path')
    .data(y.cut ? [zigzag] : [])
    .join('path')
    .attr('class', 'cut')
    .attr('d', String);
}

function axisName(layer: Layer, which: string, label: string) {
  return layer.selectAll(`text.${which}`).data([label]).join('text').attr('class', which).text(String);
}
