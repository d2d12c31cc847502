/** Computes the colours of a tile's cells from its planes. */
import type { Theme } from '../theme';
import { channels } from './color';
import type { Planes } from './planes';

/** The modes of a picture. `flips` and `difference` need two checkpoints. */
export const MODES = ['sign', 'mask', 'weight', 'magnitude', 'flips', 'difference'] as const;
export type Mode = (typeof MODES)[number];

export interface CellColors {
  theme: Theme;
  mode: Mode;
  /** The largest |w| of the layer, which is the end of the weight scale. */
  largest: number;
}

type Color = readonly [number, number, number];
/** Adds a share of a colour to the cell that is being painted. */
type Add = (color: Color, share: number) => void;
type Painter = (cell: number, add: Add) => void;

/** The scale is about linear below this fraction of the largest |w|, and logarithmic above. */
const LINEAR = 0.01;
/** The smallest share of colour for a kept weight. With less, weights near zero would be invisible. */
const FAINTEST = 0.3;

/** Returns the shade of a weight on a symmetric log scale: 0 for the weight 0, 1 for `largest`. */
export function weightShade(magnitude: number, largest: number): number {
  if (largest === 0) return 0;
  return Math.min(1, Math.log1p(magnitude / (LINEAR * largest)) / Math.log1p(1 / LINEAR));
}

/** Returns the RGBA of every cell. Colours are mixed by shares, so a reduced cell is the mean of its weights. */
export function paintCells(planes: Planes, size: number, colors: CellColors): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(size * 4);
  const background = channels(colors.theme.background);
  const paint = PAINTERS[colors.mode](planes, colors);
  const mixed = [0, 0, 0];
  const add: Add = (color, share) => {
    for (let k = 0; k < 3; k++) mixed[k]! += (color[k]! - background[k]!) * share;
  };
  for (let cell = 0; cell < size; cell++) {
    for (let k = 0; k < 3; k++) mixed[k] = background[k]!;
    paint(cell, add);
    for (let k = 0; k < 3; k++) pixels[cell * 4 + k] = mixed[k]!;
    pixels[cell * 4 + 3] = 255;
  }
  return pixels;
}

const share = (plane: Planes[string], cell: number) => (plane?.[cell] ?? 0) / 255;

const PAINTERS: Record<Mode, (planes: Planes, colors: CellColors) => Painter> = {
  sign: ({ positive, negative }, { theme }) => {
    const [plus, minus] = [channels(theme.positive), channels(theme.negative)];
    return (cell, add) => {
      add(plus, share(positive, cell));
      add(minus, share(negative, cell));
    };
  },
  mask: ({ kept }, { theme }) => {
    const color = channels(theme.neutral);
    return (cell, add) => {
      add(color, share(kept, cell));
    };
  },
  weight: ({ kept, weight }, { theme, largest }) => {
    const [plus, minus] = [channels(theme.positive), channels(theme.negative)];
    return (cell, add) => {
      const value = weight?.[cell] ?? 0;
      const shade = FAINTEST + (1 - FAINTEST) * weightShade(Math.abs(value), largest);
      add(value < 0 ? minus : plus, shade * share(kept, cell));
    };
  },
  magnitude: ({ kept, magnitude }, { theme, largest }) => {
    const color = channels(theme.foreground);
    return (cell, add) => {
      const shade = FAINTEST + (1 - FAINTEST) * weightShade(magnitude?.[cell] ?? 0, largest);
      add(color, shade * share(kept, cell));
    };
  },
  flips: ({ same, flipped }, { theme }) => {
    const [still, turned] = [channels(theme.neutral), channels(theme.flipped)];
    return (cell, add) => {
      add(still, share(same, cell));
      add(turned, share(flipped, cell));
    };
  },
  difference: ({ same, flipped, onlyA, onlyB }, { theme }) => {
    const parts = [
      [same, channels(theme.neutral)],
      [flipped, channels(theme.flipped)],
      [onlyA, channels(theme.onlyA)],
      [onlyB, channels(theme.onlyB)],
    ] as const;
    return (cell, add) => {
      for (const [plane, color] of parts) add(color, share(plane, cell));
    };
  },
};
