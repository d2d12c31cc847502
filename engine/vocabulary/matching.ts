/** Describes how the layers of two checkpoints were matched. */
import type { LayerComparison, LayerMatch } from './inspection';

/**
 * Returns a sentence for each way in which layers with different names or layouts were matched. Returns none if all names and layouts are
 * equal.
 */
export function matchingSentences(layers: readonly LayerComparison[]): string[] {
  const matches = layers.flatMap(({ match }) => match ?? []);
  const byHand = matches.filter(({ by }) => by === 'map').length;
  const byPrefix = matches.filter(({ by }) => by === 'prefix');
  const turned = matches.filter(({ axesB }) => axesB);
  return [
    ...(byHand > 0 ? [`${number(byHand)} matched by hand.`] : []),
    ...(byPrefix.length > 0 ? [`${number(byPrefix.length)} matched by name ${without(byPrefix)}.`] : []),
    ...(turned.length > 0 ? [`${number(turned.length)} transposed in B (${layouts(turned)}).`] : []),
  ];
}

function number(layers: number): string {
  return layers === 1 ? '1 layer is' : `${layers} layers are`;
}

function without(matches: readonly LayerMatch[]): string {
  const left = (side: 'A' | 'B') => {
    const names = distinct(matches.flatMap((match) => match[`left${side}`] ?? []));
    return names.length === 0 ? [] : [`${names.map((name) => `“${name}”`).join(', ')} in ${side}`];
  };
  const sides = [...left('A'), ...left('B')];
  return sides.length === 0 ? 'written another way' : `without ${sides.join(' and ')}`;
}

const LAYOUTS: Record<string, string> = {
  '3,2,0,1': 'HWIO read as OIHW',
  '2,3,1,0': 'OIHW read as HWIO',
  '1,0': 'inputs and outputs exchanged',
};

function layouts(matches: readonly LayerMatch[]): string {
  return distinct(
    matches.map(({ axesB = [] }) => LAYOUTS[axesB.join()] ?? `axes in the order ${axesB.join(', ')}`),
  ).join('; ');
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
