/** The colours of pictures: the variables of the theme, with enough contrast for marks and words. */
import { RUN_COLORS, type RunColorName } from '../engine/vocabulary/runColors';
import { firstColor, mix, opaque, over, readable } from './charts/color';
import { Signal, type Disposable } from './dispose';

const MARK = 3;
const TEXT = 4.5;

/** Used if a theme does not define a chart colour. */
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
  /** Secondary text, with the contrast that text needs. */
  muted: string;
  /** Grid lines and frames: faint, except in high contrast. */
  line: string;
  /** The sign of a kept weight. */
  positive: string;
  negative: string;
  /** Flipped signs. Nothing else has this colour. */
  flipped: string;
  /** Weights that are kept in both with the same sign. */
  neutral: string;
  /** Weights that are kept in only one of A and B, if their runs do not have two colours. */
  onlyA: string;
  onlyB: string;
  runs: string[];
}

/** Reads the theme that VS Code has set on the page. */
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

/** Returns a colour from the background (`share` 0) to the foreground (`share` 1). */
export function ramp(share: number, { background, foreground }: Theme): string {
  return mix(background, foreground, share);
}

/** Returns a colour from the background (no flips) to the accent (chance level, 50 %, or more). */
export function flipRamp(share: number, { background, flipped }: Theme): string {
  return mix(background, flipped, Math.min(1, Math.sqrt(share / 0.5)));
}

const changed = new Signal<Theme>();

/** Calls the listener after every change of theme, when the variables of the page have been set. */
export function onThemeChange(listener: (theme: Theme) => void): Disposable {
  return changed.on(listener);
}

/** Sets the colours of pictures as `--sign-*` for the stylesheet, again with every change of theme. */
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
