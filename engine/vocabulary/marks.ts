/** Outlines of the marks of `DONE_LOOKS`, for the panels and for the figures of papers. */
import type { MarkShape } from './looks';

/** Marks of one radius look equally large if their outlines are scaled by these factors. */
const SCALES: Record<MarkShape, number> = {
  circle: 1,
  square: 0.88,
  diamond: 1.3,
  triangle: 1.2,
  triangleDown: 1.2,
  star: 1.35,
  cross: 0.95,
  plus: 1.15,
  bar: 1.5,
};

/** Marks that are drawn as lines, without an area. */
const STROKES: readonly MarkShape[] = ['cross', 'plus', 'bar'];

/** Whether a mark has no area: it is stroked instead of filled. */
export function isStroked(shape: MarkShape): boolean {
  return STROKES.includes(shape);
}

/** Returns the path of an SVG for a mark around the origin. `radius` is that of the circle. */
export function markPath(shape: MarkShape, radius: number): string {
  const r = radius * SCALES[shape];
  switch (shape) {
    case 'circle':
      return `M${n(-r)},0a${n(r)},${n(r)} 0 1,0 ${n(2 * r)},0a${n(r)},${n(r)} 0 1,0 ${n(-2 * r)},0Z`;
    case 'square':
      return `M${n(-r)},${n(-r)}h${n(2 * r)}v${n(2 * r)}h${n(-2 * r)}Z`;
    case 'cross':
      return `M${n(-r)},${n(-r)}L${n(r)},${n(r)}M${n(-r)},${n(r)}L${n(r)},${n(-r)}`;
    case 'plus':
      return `M${n(-r)},0H${n(r)}M0,${n(-r)}V${n(r)}`;
    case 'bar':
      return `M${n(-r)},0H${n(r)}`;
    default:
      return closed(CORNERS[shape].map(([x, y]) => [x * r, y * r]));
  }
}

type Corner = readonly [x: number, y: number];

const SIN_60 = Math.sqrt(3) / 2;

/** Corners at the radius 1. A star has ten: five outer and five inner corners. */
const CORNERS: Record<'diamond' | 'triangle' | 'triangleDown' | 'star', readonly Corner[]> = {
  diamond: [[0, -1], [1, 0], [0, 1], [-1, 0]],
  triangle: [[0, -1], [SIN_60, 0.5], [-SIN_60, 0.5]],
  triangleDown: [[0, 1], [SIN_60, -0.5], [-SIN_60, -0.5]],
  star: Array.from({ length: 10 }, (_, i): Corner => {
    const [angle, size] = [(Math.PI * i) / 5, i % 2 === 0 ? 1 : 0.42];
    return [size * Math.sin(angle), -size * Math.cos(angle)];
  }),
}; // prettier-ignore

function closed(corners: readonly Corner[]): string {
  return `M${corners.map(([x, y]) => `${n(x)},${n(y)}`).join('L')}Z`;
}

function n(value: number): string {
  return String(Math.round(100 * value) / 100);
}
