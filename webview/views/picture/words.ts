/** The texts of a picture: the sentence about one weight, its glyph, and the legend. */
import type { Mode } from '../../charts/cells';
import type { Planes } from '../../charts/planes';
import type { Swatch } from '../../charts/legend';
import { number, weightIndex } from '../../format';
import type { Theme } from '../../theme';
import { moduleName, type PictureSource } from './source';

interface Place {
  row: number;
  column: number;
}

/** Returns a text like `layer1.0.conv1[12, 3, 0, 2] = −0.0413, kept, flipped since init`. `cell` of `planes` is this weight. */
export function weightSentence(
  source: PictureSource,
  { row, column }: Place,
  at: { planes: Planes; cell: number },
): string {
  const { layer, againstName } = source;
  const value = (name: string) => at.planes[name]?.[at.cell];
  const has = (name: string) => (value(name) ?? 0) > 0;
  const name = `${moduleName(layer.name)}${weightIndex(layer.shape, row, column)}`;
  const weight = value('weight') ?? value('weightA') ?? NaN;
  const start = `${name} = ${weightText(weight)}`;
  if (value('kept') !== undefined) return `${start}, ${has('kept') ? 'kept' : 'pruned'}`;
  const kept = has('same') || has('flipped') || has('unsigned') || has('onlyA');
  return `${start}, ${kept ? 'kept' : 'pruned'}${againstWords(againstName, has, value('weightB'))}`;
}

/** Formats a weight. NaN becomes “NaN”, not “–” as in other numbers. */
export function weightText(weight: number): string {
  return Number.isNaN(weight) ? 'NaN' : number(weight);
}

function againstWords(name: string, has: (plane: string) => boolean, weight = NaN): string {
  const other = name === 'init' ? 'since init' : `against ${name}`;
  if (has('flipped')) return `, flipped ${other} (${weightText(weight)})`;
  if (has('same')) return `, sign as in ${name} (${weightText(weight)})`;
  if (has('unsigned')) return `; ${weightText(weight)} in ${name}`;
  if (has('onlyA')) return `, pruned in ${name} (${weightText(weight)})`;
  return has('onlyB') ? `; ${weightText(weight)} in ${name}` : `; pruned in ${name} too`;
}

/** Returns the glyph to draw in the cell of one weight. Undefined if its colour is enough. */
export function weightGlyph(mode: Mode, at: { planes: Planes; cell: number } | undefined): string | undefined {
  if (!at) return undefined;
  const has = (name: string) => (at.planes[name]?.[at.cell] ?? 0) > 0;
  if (has('nonfinite')) return '!';
  if (mode === 'flips' || mode === 'difference') {
    if (has('flipped')) return '×';
    if (mode === 'difference' && has('onlyA')) return 'A';
    if (mode === 'difference' && has('onlyB')) return 'B';
    if (has('unsigned')) return '0';
    return has('same') ? undefined : 'hatch';
  }
  if (!has('kept')) return 'hatch';
  if (has('positive')) return mode === 'sign' || mode === 'weight' ? '+' : undefined;
  return has('negative') && (mode === 'sign' || mode === 'weight') ? '−' : undefined;
}

/** Returns the legend of a mode. */
export function pictureLegend({ mode, largest, againstName }: PictureSource, theme: Theme): Swatch[] {
  const pruned = { label: 'pruned', color: theme.background, outline: theme.muted };
  const scale = `symmetric log, largest |w| ${number(largest)}`;
  switch (mode) {
    case 'sign':
      return [{ label: '+', color: theme.positive }, { label: '−', color: theme.negative }, pruned];
    case 'mask':
      return [{ label: 'kept', color: theme.neutral }, pruned];
    case 'weight':
      return [{ label: '+', color: theme.positive }, { label: `− (${scale})`, color: theme.negative }, pruned];
    case 'magnitude':
      return [{ label: `|w| (${scale})`, color: theme.foreground }, pruned];
    case 'flips':
      return [
        { label: `sign as in ${againstName}`, color: theme.neutral },
        { label: 'flipped', color: theme.flipped },
        pruned,
      ];
    case 'difference':
      return [
        { label: 'same', color: theme.neutral },
        { label: 'flipped', color: theme.flipped },
        { label: 'only A', color: theme.onlyA },
        { label: 'only B', color: theme.onlyB },
        { ...pruned, label: 'none' },
      ];
  }
}
