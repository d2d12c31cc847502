/**
 * How methods, trainings and statuses look: one hue for each method, one mark and dash for each thing that was done, one icon for each status.
 * The tree, the panels, the figures of studies and the command line all take them from here.
 */
import type { Method } from './runOptions';
import type { StudyStatus } from './study';
import type { TransferVariant } from './transferVariants';

/** The kinds of themes of VS Code. */
export type ThemeKind = 'dark' | 'light' | 'highContrast' | 'highContrastLight';

export interface MethodLook {
  /** Id of the theme colour, which package.json declares with these values and a user can change. */
  id: `winningSign.method.${string}`;
  colors: Record<ThemeKind, string>;
}

/** The hue of each method, also of everything that was made from it. None is the hue of a sign (orange, blue) or of flips (magenta). */
export const METHOD_LOOKS: Record<Method, MethodLook> = {
  dense: look('dense', { dark: '#a5a5a5', light: '#616161' }),
  'one-shot': look('oneShot', { dark: '#b5aa4c', light: '#77701c' }),
  imp: look('imp', { dark: '#ef7f82', light: '#b3323c' }),
  lrr: look('lrr', { dark: '#ab8cf5', light: '#6a3fb5' }),
  aws: look('aws', { dark: '#6cc36a', light: '#2e7d32' }),
};

function look(name: string, { dark, light }: { dark: string; light: string }): MethodLook {
  const colors = { dark, light, highContrast: dark, highContrastLight: light };
  return { id: `winningSign.method.${name}`, colors };
}

export const METHOD_NAMES = Object.keys(METHOD_LOOKS) as Method[];

/** Returns the hue of a method in a theme. On paper it is that of a light theme. */
export function methodColor(method: Method, kind: ThemeKind = 'light'): string {
  return METHOD_LOOKS[method].colors[kind];
}

/** What was done to get an accuracy: a search measured it, a new initialization was trained, or a checkpoint was transferred. */
export type Done = 'search' | 'training' | TransferVariant;

/** Outlines of marks. `open` marks are filled with the background. Crosses, pluses and bars are drawn as lines. */
export type MarkShape =
  'circle' | 'diamond' | 'triangle' | 'triangleDown' | 'square' | 'star' | 'cross' | 'plus' | 'bar';

export interface DoneLook {
  shape: MarkShape;
  open?: true;
  /** Lengths of dashes and gaps, in units of the line's width. Empty for a solid line. */
  dash: readonly number[];
  /** The mark as a character, for text. */
  glyph: string;
  /** The name in tree, legends and tables. */
  label: string;
}

export const DONE_LOOKS: Record<Done, DoneLook> = {
  search: { shape: 'circle', open: true, dash: [1, 2], glyph: '○', label: 'search' },
  training: { shape: 'square', open: true, dash: [8, 2], glyph: '□', label: 'new initialization' },
  retrain: { shape: 'circle', dash: [], glyph: '●', label: 'retrained' },
  'signed-mask': { shape: 'diamond', dash: [], glyph: '◆', label: 'signed mask' },
  'mask-only': { shape: 'diamond', open: true, dash: [4, 2], glyph: '◇', label: 'mask only' },
  'psi-kept': { shape: 'triangle', dash: [6, 2, 1.5, 2], glyph: '▲', label: 'signed mask, ψ kept' },
  'random-signs': { shape: 'cross', dash: [2, 2], glyph: '✕', label: 'random signs' },
  'random-signed-mask': { shape: 'plus', dash: [2, 3], glyph: '+', label: 'signed mask, random signs' },
  'random-magnitudes': { shape: 'square', dash: [5, 1.5], glyph: '■', label: 'signed mask, random magnitudes' },
  'initial-signs': { shape: 'triangleDown', dash: [3, 1.5], glyph: '▼', label: 'initial signs' },
  'source-magnitudes': { shape: 'star', dash: [6, 2, 1.5, 2, 1.5, 2], glyph: '★', label: 'magnitudes of the source' },
  'source-magnitudes-random-signs': {
    ...{ shape: 'star', open: true, dash: [1.5, 1.5], glyph: '☆' },
    label: 'magnitudes of the source, random signs',
  },
};

export interface StatusLook {
  /** Codicon. */
  icon: string;
  /** The status as a character, for cells too small for the word. */
  glyph: string;
  /** Id of a theme colour that replaces the hue of the method. */
  color?: string;
}

export const STATUS_LOOKS: Record<StudyStatus, StatusLook> = {
  waiting: { icon: 'watch', glyph: '·' },
  queued: { icon: 'circle-outline', glyph: '○' },
  running: { icon: 'loading~spin', glyph: '▸' },
  done: { icon: 'circle-filled', glyph: '●' },
  stopped: { icon: 'debug-pause', glyph: '‖' },
  interrupted: { icon: 'debug-disconnect', glyph: '⏏', color: 'list.warningForeground' },
  diverged: { icon: 'warning', glyph: '∞', color: 'list.warningForeground' },
  failed: { icon: 'error', glyph: '✕', color: 'list.errorForeground' },
};
