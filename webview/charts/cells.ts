/** Colours the cells of a tile by its planes. */
import type { Theme } from '../theme';
import { channels } from './color';
import type { Plane, Planes } from './planes';

/** What a picture shows. `flips` and `difference` need two checkpoints. */
export const MODES = ['sign', 'mask', 'weight', 'magnitude', 'flips', 'difference'] as const;
export type Mode = (typeof MODES)[number];

/** Whether a mode needs the planes of mean weights. */
export function needsWeights(mode: Mode): boolean {
  return mode === 'weight' || mode === 'magnitude';
}

export interface CellColors {
  theme: Theme;
  mode: Mode;
  /** The largest |w| of the layer. It has the strongest colour. */
  largest: number;
}

/** A plane of shares and its colour. With `value`, the colour depends on the sign of the value, and is stronger for larger values. */
interface Part {
  plane: Plane | undefined;
  color: string;
  value?: Plane | undefined;
  negative?: string;
}

/** Below this share of the largest |w|, the scale is linear. */
const LINEAR = 0.01;
/** The smallest share of the colour that a kept weight gets, so that weights near zero are visible. */
const FAINTEST = 0.3;
/** Exponent of `strengthOf`. Below 1, cells with few kept weights are still visible. */
const STRENGTH = 0.4;

/** Returns the symmetric logarithm of |w|: 0 for 0, and 1 for the largest. */
export function weightShade(magnitude: number, largest: number): number {
  if (largest === 0) return 0;
  return Math.min(1, Math.log1p(magnitude / (LINEAR * largest)) / Math.log1p(1 / LINEAR));
}

/** Returns the strength of the colour in a cell that shows many weights. `share` ∈ [0, 1] is the share of coloured weights in the cell. */
export function strengthOf(share: number): number {
  return share ** STRENGTH;
}

/** `weightShade` of |w| ÷ largest, from 0 to 1 in steps that are too small to be seen. Logarithms would take most of the time. */
const SHADES = Float64Array.from({ length: 2 ** 14 + 1 }, (_, step) => weightShade(step / 2 ** 14, 1));

/** `strengthOf(share)` divided by share × 255. The index is share × 255. */
const FACTORS = Float64Array.from({ length: 256 }, (_, total) => (total === 0 ? 0 : strengthOf(total / 255) / total));

/**
 * Returns the RGBA of every cell. A cell mixes colours in proportion to their shares. The total of the shares decides how strong the mixed
 * colour is. A cell with a weight that is NaN or ±∞ has the colour `broken`.
 */
export function paintCells(planes: Planes, size: number, colors: CellColors): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(size * 4);
  const background = channels(colors.theme.background);
  pixels.set([...background, 255]);
  const whole = new Uint32Array(pixels.buffer);
  whole.fill(whole[0] ?? 0);
  const inks = PARTS[colors.mode](planes, colors.theme).flatMap((part) => inkOf(part, background));
  const [first] = inks;
  if (first?.value) paintValues(pixels, background, { ...first, value: first.value, largest: colors.largest });
  else paintShares(pixels, background, inks);
  const { nonfinite } = planes;
  const broken = [...channels(colors.theme.broken), 255];
  for (let cell = 0; nonfinite && cell < size; cell++) if (nonfinite[cell]! > 0) pixels.set(broken, 4 * cell);
  return pixels;
}

type Channels = ReturnType<typeof channels>;

/** A part that is there, and how far its colours are from the background. */
interface Ink {
  plane: Plane;
  value: Plane | undefined;
  plus: Channels;
  minus: Channels;
}

function inkOf({ plane, color, value, negative = color }: Part, background: Channels): Ink[] {
  const distance = (to: string) => channels(to).map((channel, k) => channel - background[k]!) as Channels;
  return plane ? [{ plane, value, plus: distance(color), minus: distance(negative) }] : [];
}

/** Mixes the colours of several planes of shares. */
function paintShares(pixels: Uint8ClampedArray, [r, g, b]: Channels, inks: readonly Ink[]): void {
  const planes = inks.map(({ plane }) => plane);
  const distances = inks.flatMap(({ plus }) => plus);
  for (let cell = 0, at = 0; at < pixels.length; cell++, at += 4) {
    let total = 0;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let k = 0; k < planes.length; k++) {
      const share = planes[k]![cell]!;
      if (share === 0) continue;
      total += share;
      red += distances[3 * k]! * share;
      green += distances[3 * k + 1]! * share;
      blue += distances[3 * k + 2]! * share;
    }
    if (total === 0) continue;
    const factor = FACTORS[Math.min(255, total)]!;
    pixels[at] = r + red * factor;
    pixels[at + 1] = g + green * factor;
    pixels[at + 2] = b + blue * factor;
  }
}

/** Shades the colours of one plane of shares by the values of another plane. */
function paintValues(
  pixels: Uint8ClampedArray,
  [r, g, b]: Channels,
  { plane, value, plus, minus, largest }: Ink & { value: Plane; largest: number },
): void {
  const steps = largest === 0 ? 0 : (SHADES.length - 1) / largest;
  for (let cell = 0, at = 0; at < pixels.length; cell++, at += 4) {
    const share = plane[cell]!;
    if (share === 0) continue;
    const w = value[cell]!;
    const step = Math.min(SHADES.length - 1, Math.round(Math.abs(w) * steps));
    const factor = strengthOf255(share) * (FAINTEST + (1 - FAINTEST) * SHADES[step]!);
    const toward = w < 0 ? minus : plus;
    pixels[at] = r + toward[0] * factor;
    pixels[at + 1] = g + toward[1] * factor;
    pixels[at + 2] = b + toward[2] * factor;
  }
}

/** Returns the strength for a share × 255. */
function strengthOf255(share: number): number {
  return share * FACTORS[share]!;
}

const PARTS: Record<Mode, (planes: Planes, theme: Theme) => Part[]> = {
  sign: ({ positive, negative }, theme) => [
    { plane: positive, color: theme.positive },
    { plane: negative, color: theme.negative },
  ],
  mask: ({ kept }, { neutral }) => [{ plane: kept, color: neutral }],
  weight: ({ kept, weight }, theme) => [
    { plane: kept, color: theme.positive, negative: theme.negative, value: weight },
  ],
  magnitude: ({ kept, magnitude }, { foreground }) => [{ plane: kept, color: foreground, value: magnitude }],
  flips: ({ same, flipped, unsigned }, theme) => [
    { plane: same, color: theme.neutral },
    { plane: unsigned, color: theme.neutral },
    { plane: flipped, color: theme.flipped },
  ],
  difference: ({ same, flipped, unsigned, onlyA, onlyB }, theme) => [
    { plane: same, color: theme.neutral },
    { plane: unsigned, color: theme.neutral },
    { plane: flipped, color: theme.flipped },
    { plane: onlyA, color: theme.onlyA },
    { plane: onlyB, color: theme.onlyB },
  ],
};
