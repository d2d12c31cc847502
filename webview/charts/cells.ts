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

/** `strengthOf(share)` divided by share × 255. The index is share × 255. */
const FACTORS = Float64Array.from({ length: 256 }, (_, total) => (total === 0 ? 0 : strengthOf(total / 255) / total));

/**
 * Returns the RGBA of every cell. A cell mixes colours in proportion to their shares. The total of the shares decides how strong the mixed
 * colour is. A cell with a weight that is NaN or ±∞ has the colour `broken`.
 */
export function paintCells(planes: Planes, size: number, colors: CellColors): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(size * 4);
  const [red, green, blue] = channels(colors.theme.background);
  const parts = PARTS[colors.mode](planes, colors.theme).map((part) => mixerOf(part, colors));
  const wrong = channels(colors.theme.broken);
  const { nonfinite } = planes;
  const mixed = new Float64Array(4);
  for (let cell = 0, at = 0; cell < size; cell++, at += 4) {
    mixed.fill(0);
    for (const add of parts) add(cell, mixed);
    const factor = FACTORS[Math.min(255, mixed[3]!)]!;
    const odd = nonfinite !== undefined && nonfinite[cell]! > 0;
    pixels[at] = odd ? wrong[0] : red + mixed[0]! * factor;
    pixels[at + 1] = odd ? wrong[1] : green + mixed[1]! * factor;
    pixels[at + 2] = odd ? wrong[2] : blue + mixed[2]! * factor;
    pixels[at + 3] = 255;
  }
  return pixels;
}

/**
 * Adds one colour to the mixture of a cell. Elements 0 to 2 are sums of (colour − background) × shade × share × 255, and element 3 is the sum of
 * share × 255.
 */
type Mixer = (cell: number, mixed: Float64Array) => void;

function mixerOf({ plane, color, value, negative }: Part, { theme, largest }: CellColors): Mixer {
  if (!plane) return () => undefined;
  const background = channels(theme.background);
  const distance = (to: string) => channels(to).map((channel, k) => channel - background[k]!);
  const [plus, minus] = [distance(color), distance(negative ?? color)];
  return (cell, mixed) => {
    const share = plane[cell]!;
    if (share === 0) return;
    const w = value ? value[cell]! : 0;
    const shade = value ? FAINTEST + (1 - FAINTEST) * weightShade(Math.abs(w), largest) : 1;
    const toward = w < 0 ? minus : plus;
    mixed[0]! += toward[0]! * share * shade;
    mixed[1]! += toward[1]! * share * shade;
    mixed[2]! += toward[2]! * share * shade;
    mixed[3]! += share;
  };
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
