/** A matrix of barriers between checkpoints, one cell for each pair. */
import { number } from '../format';
import type { Theme } from '../theme';
import { mix } from './color';
import type { HeatmapData } from './heatmap';

export interface Pair {
  a: string;
  b: string;
  /** Undefined until the barrier was measured. */
  barrier?: number;
}

/**
 * Returns the pairs as a symmetric matrix for the heatmap. The highest barrier has the colour of the foreground.
 * @param unit unit of the barriers: points or nats
 */
export function barrierMatrix(pairs: readonly Pair[], theme: Theme, unit = 'points'): HeatmapData {
  const names = [...new Set(pairs.flatMap(({ a, b }) => [a, b]))];
  const highest = Math.max(0, ...pairs.map(({ barrier }) => barrier ?? 0));
  const known = new Map(
    pairs.flatMap(
      ({ a, b, barrier }) =>
        [
          [`${a}\n${b}`, barrier],
          [`${b}\n${a}`, barrier],
        ] as const,
    ),
  );
  const color = (barrier: number) =>
    mix(theme.background, theme.foreground, highest > 0 ? Math.max(0, barrier) / highest : 0);
  const cells = names.flatMap((a) =>
    names.map((b) => {
      const barrier = known.get(`${a}\n${b}`);
      if (barrier === undefined) return { text: '', tip: a === b ? `${a} with itself` : `${a} – ${b}\nnot measured` };
      return { color: color(barrier), text: number(barrier), tip: `${a} – ${b}\nbarrier ${number(barrier)} ${unit}` };
    }),
  );
  const steps = [0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => mix(theme.background, theme.foreground, share));
  const ramp = { label: `barrier, ${unit}`, colors: steps, from: '0', to: number(highest) };
  return {
    rows: names,
    numbered: true,
    rowTitle: 'checkpoint',
    columns: names.map((_, place) => String(place + 1)),
    columnTitle: 'numbered like the rows',
    cells,
    ramp,
  };
}
