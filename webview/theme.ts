/** The colours of every picture, from the theme's own variables, with the contrast a mark or a word needs. */
import { RUN_COLORS, type RunColorName } from '../engine/vocabulary/runColors';
import { firstColor, mix, opaque, over, readable } from './charts/color';
import { Signal, type Disposable } from './dispose';

const MARK = 3;
const TEXT = 4.5;

/** For themes that leave a chart colour out. */
const FALLBACKS: Record<RunColorName, string> = {
  blue: '#3794ff',
  orange: '#d18616',
  green: '#89d185',
  purple: '#b180d7',
  red: '#f14c4c',
  yellow: '#cca700',
};

export interface Theme {
  highContrast: boolean;
  background: string;
  foreground: string;
  /** Secondary text, readable all the same. */
  muted: string;
  /** Grid lines and frames: quiet, except in high contrast. */
  line: string;
  /** The sign of a kept weight. */
  positive: string;
  negative: string;
  /** A flipped sign, and nothing else. */
  flipped: string;
  /** Agreement: the same sign, kept in both. */
  neutral: string;
  /** Kept in A only, kept in B only, where their runs do not give two hues. */
  onlyA: string;
  onlyB: string;
  runs: string[];
}

/** Reads the theme VS Code has set on the page. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const variable = (name: string) => style.getPropertyValue(`--vscode-${name}`).trim();
  const background = opaque(firstColor(variable('editor-background'), '#1e1e1e'));
  const foreground = over(firstColor(variable('editor-foreground'), variable('foreground'), '#cccccc'), background);
  const highContrast = document.body.className.includes('vscode-high-contrast');
  const mark = (...candidates: string[]) => readable(opaque(firstColor(...candidates)), background, MARK);
  const chart = (name: RunColorName) => mark(variable(`charts-${name}`), FALLBACKS[name]);
  const muted = over(firstColor(variable('descriptionForeground'), foreground), background);
  return {
    highContrast,
    background,
    foreground: readable(foreground, background, TEXT),
    muted: readable(muted, background, TEXT),
    line: mix(background, foreground, highContrast ? 0.6 : 0.2),
    positive: chart('orange'),
    negative: chart('blue'),
    flipped: mark(variable('terminal-ansiBrightMagenta'), '#d670d6'),
    neutral: readable(mix(background, foreground, 0.4), background, MARK),
    onlyA: chart('blue'),
    onlyB: chart('yellow'),
    runs: RUN_COLORS.map(chart),
  };
}

/** From nothing (background) to all (foreground), `share` ∈ [0, 1]. */
export function ramp(share: number, { background, foreground }: Theme): string {
  return mix(background, foreground, share);
}

/** From no flips (background) to chance level (the accent); more than chance stays at the accent. */
export function flipRamp(share: number, { background, flipped }: Theme): string {
  return mix(background, flipped, Math.min(1, Math.sqrt(share / 0.5)));
}

const changed = new Signal<Theme>();

/** Tells of every change of theme, after the page's own variables have been set. */
export function onThemeChange(listener: (theme: Theme) => void): Disposable {
  return changed.on(listener);
}

/** Gives the stylesheet the picture colours as `--sign-*` and keeps them with the theme. */
export function followTheme(): Disposable {
  publish(readTheme());
  const observer = new MutationObserver(() => {
    const theme = readTheme();
    publish(theme);
    changed.emit(theme);
  });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  return {
    dispose: () => {
      observer.disconnect();
    },
  };
}

function publish(theme: Theme): void {
  const { style } = document.documentElement;
  const { runs, highContrast: _, ...colors } = theme;
  for (const [name, value] of Object.entries(colors)) style.setProperty(`--sign-${name}`, value);
  runs.forEach((color, place) => {
    style.setProperty(`--sign-run-${place}`, color);
  });
}
