/** The colours of charts and pictures. They are the colours of the theme, adjusted for enough contrast. */
import { METHOD_LOOKS, METHOD_NAMES, methodColor } from '../engine/vocabulary/looks';
import type { Method } from '../engine/vocabulary/runOptions';
import { firstColor, luminance, mix, opaque, over, readable } from './charts/color';
import { Signal, type Disposable } from './dispose';

const MARK = 3;
const TEXT = 4.5;

/** Colours to use if a theme does not define a chart colour. */
const FALLBACKS = { blue: '#3794ff', orange: '#d18616', red: '#f14c4c', yellow: '#cca700' };

/** Teal. It differs from every chart colour of VS Code. */
const ONLY_A = '#2aa198';

export interface Theme {
  highContrast: boolean;
  background: string;
  foreground: string;
  /** Secondary text. */
  muted: string;
  /** Grid lines and frames. They are faint, except in high-contrast themes. */
  line: string;
  /** Kept weights by sign. */
  positive: string;
  negative: string;
  /** Flipped signs. Nothing else has this colour. */
  flipped: string;
  /** Colour of weights that both checkpoints keep with the same sign. In the picture of a mask: colour of the kept weights. */
  neutral: string;
  /** Colours of A and B, and of weights that only one of them keeps. Signs and runs have other colours. */
  onlyA: string;
  onlyB: string;
  /** Weights that are NaN or ±∞. */
  broken: string;
  /** The hue of each method. */
  methods: Record<Method, string>;
}

/** Reads the theme that VS Code has set on the page. */
export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const variable = (name: string) => style.getPropertyValue(`--vscode-${name}`).trim();
  const background = opaque(firstColor(variable('editor-background'), '#1e1e1e'));
  const foreground = over(firstColor(variable('editor-foreground'), variable('foreground'), '#cccccc'), background);
  const dark = luminance(background) < 0.18;
  const highContrast = document.body.className.includes('vscode-high-contrast');
  const mark = (...candidates: string[]) => readable(opaque(firstColor(...candidates)), background, MARK);
  const chart = (name: 'blue' | 'orange') => mark(variable(`charts-${name}`), FALLBACKS[name]);
  const method = (name: Method) => {
    const { id } = METHOD_LOOKS[name];
    return mark(variable(id.replaceAll('.', '-')), methodColor(name, dark ? 'dark' : 'light'));
  };
  const muted = over(firstColor(variable('descriptionForeground'), foreground), background);
  return {
    highContrast,
    background,
    foreground: readable(foreground, background, TEXT),
    muted: readable(muted, background, TEXT),
    line: mix(background, foreground, highContrast ? 0.6 : 0.2),
    positive: chart('orange'),
    negative: chart('blue'),
    // In light themes, the bright magenta is as light as the grey of unflipped weights.
    flipped: dark
      ? mark(variable('terminal-ansiBrightMagenta'), '#d670d6')
      : mark(variable('terminal-ansiMagenta'), '#bc05bc'),
    neutral: readable(mix(background, foreground, 0.4), background, MARK),
    onlyA: mark(ONLY_A),
    onlyB: mark(variable('charts-yellow'), FALLBACKS.yellow),
    broken: mark(variable('errorForeground'), FALLBACKS.red),
    methods: Object.fromEntries(METHOD_NAMES.map((name) => [name, method(name)])) as Record<Method, string>,
  };
}

/** Returns a colour from the background (`share` 0) to the foreground (`share` 1). */
export function ramp(share: number, { background, foreground }: Theme): string {
  return mix(background, foreground, share);
}

/** Returns the background for 0, and the colour of flips for 0.5 (chance level) or more. Values between them get a mixture. */
export function flipRamp(share: number, { background, flipped }: Theme): string {
  return mix(background, flipped, Math.min(1, Math.sqrt(share / 0.5)));
}

const changed = new Signal<Theme>();

/** Calls the listener after every change of the theme. The variables of the page are already set. */
export function onThemeChange(listener: (theme: Theme) => void): Disposable {
  return changed.on(listener);
}

/** Sets the variables `--sign-*` of the stylesheet to the theme's colours, now and after every change of the theme. */
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
  const { methods, highContrast: _, ...colors } = theme;
  for (const [name, value] of Object.entries(colors)) style.setProperty(`--sign-${name}`, value);
  for (const [name, value] of Object.entries(methods)) style.setProperty(`--sign-method-${name}`, value);
}
