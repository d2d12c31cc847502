/** Colour arithmetic: contrast as defined by WCAG 2, and colours adjusted to reach it. */
import { color as parse, lab, rgb, type RGBColor } from 'd3';

/** Returns the relative luminance in [0, 1] (WCAG 2.2). */
export function luminance(color: string): number {
  const { r, g, b } = rgb(color);
  return 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
}

function linear(channel: number): number {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/** Returns the contrast ratio of two opaque colours, from 1 to 21. */
export function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** Returns a colour blended onto an opaque background by its alpha. */
export function over(color: string, background: string): string {
  const top = rgb(color);
  return mix(background, rgb(top.r, top.g, top.b).formatHex(), top.opacity);
}

/** Returns a colour without its transparency. The chart colours of some themes are too transparent to be seen. */
export function opaque(color: string): string {
  const { r, g, b } = rgb(color);
  return rgb(r, g, b).formatHex();
}

/** Mixes two colours linearly in sRGB, with `share` ∈ [0, 1] of the second. */
export function mix(a: string, b: string, share: number): string {
  const [from, to] = [rgb(a), rgb(b)];
  const channel = (key: 'r' | 'g' | 'b') => from[key] + (to[key] - from[key]) * share;
  return rgb(channel('r'), channel('g'), channel('b')).formatHex();
}

/** Makes a colour lighter or darker until its contrast to the background is at least `ratio`. The hue stays the same. */
export function readable(color: string, background: string, ratio: number): string {
  const step = luminance(background) < 0.18 ? 1 : -1;
  const moved = lab(color);
  while (contrast(moved.formatHex(), background) < ratio && moved.l > 0 && moved.l < 100) moved.l += step;
  return moved.formatHex();
}

/** Returns the first of these texts that is a colour. */
export function firstColor(...candidates: string[]): string {
  return candidates.find((candidate) => parse(candidate) !== null) ?? '#808080';
}

/** Returns the three channels of a colour, 0 to 255. */
export function channels(color: string): [number, number, number] {
  const { r, g, b }: RGBColor = rgb(color);
  return [r, g, b];
}
