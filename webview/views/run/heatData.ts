/** Turns the rounds of a run into heatmaps of layers × rounds. */
import type { RoundLayer, RoundResult, RunSnapshot } from '../../../engine/protocol';
import type { Cell, HeatmapData } from '../../charts/heatmap';
import { count, percent } from '../../format';
import { flipRamp, ramp, type Theme } from '../../theme';

const STEPS = Array.from({ length: 24 }, (_, step) => step / 23);

/**
 * The signs of kept weights are compared with the initialization, or with the previous round. With the previous round, only weights kept in both
 * rounds count.
 */
export type FlipsSince = 'initialization' | 'previous';

/** Returns the share of flipped signs of a layer. NaN if there is no weight to compare. */
export function flippedShare(layer: RoundLayer, since: FlipsSince): number {
  return since === 'initialization'
    ? (layer.flippedFromInit ?? NaN) / layer.kept
    : layer.flippedFromPrevious / layer.keptSincePrevious;
}

/** Returns the share of flipped signs over all layers of a round. */
export function flippedInRound({ layers }: Pick<RoundResult, 'layers'>, since: FlipsSince): number {
  const sum = (value: (layer: RoundLayer) => number) => layers.reduce((total, layer) => total + value(layer), 0);
  return since === 'initialization'
    ? sum((layer) => layer.flippedFromInit ?? NaN) / sum((layer) => layer.kept)
    : sum((layer) => layer.flippedFromPrevious) / sum((layer) => layer.keptSincePrevious);
}

/** Returns the share of kept weights that crossed zero in a round. NaN if it was not recorded. */
export function crossedInRound({ layers }: Pick<RoundResult, 'layers'>): number {
  const sum = (value: (layer: RoundLayer) => number) => layers.reduce((total, layer) => total + value(layer), 0);
  return sum((layer) => layer.crossedZero ?? NaN) / sum((layer) => layer.kept);
}

function table(rounds: readonly RoundResult[], cell: (layer: RoundLayer, round: number) => Cell) {
  const rows = rounds[0]?.layers.map(({ name }) => name) ?? [];
  const at = rounds.map(({ layers }) => new Map(layers.map((layer) => [layer.name, layer])));
  const cells = rows.flatMap((name) =>
    rounds.map(({ round }, place) => {
      const layer = at[place]!.get(name);
      return layer ? cell(layer, round) : { text: '', tip: `${name}: not in round ${round}` };
    }),
  );
  return { rows, columns: rounds.map(({ round }) => String(round)), columnTitle: 'round', cells };
}

/** Returns the tooltip of a layer in a round. */
export function layerTip(layer: RoundLayer, round: number): string {
  const { name, kept, count: all, positive, negative, crossedZero } = layer;
  const since = (which: FlipsSince) => percent(flippedShare(layer, which));
  return [
    `${name}, round ${round}`,
    `kept ${count(kept)} of ${count(all)} (${percent(kept / all)})`,
    `+ ${count(positive)}, − ${count(negative)}`,
    `flipped since init ${layer.flippedFromInit === undefined ? 'unknown' : since('initialization')}`,
    ...(round > 0 ? [`flipped since round ${round - 1} ${since('previous')}`] : []),
    ...(crossedZero === undefined ? [] : [`crossed zero in this round ${percent(crossedZero / kept)}`]),
  ].join('\n');
}

/** Returns the heatmap of the kept weights of a run, or a sentence if there is nothing to draw. */
export function keptPicture({ rounds, method, kind }: RunSnapshot, theme: Theme): HeatmapData | string {
  if (method === 'dense') return 'A dense run prunes nothing.';
  if (rounds.length === 0) return 'The kept share of each layer appears here after each round.';
  const picture = keptHeatmap(rounds, theme);
  return kind === 'train' ? { ...picture, columns: ['final'], columnTitle: 'training' } : picture;
}

/** Returns the heatmap of the kept share of each layer after each round. */
export function keptHeatmap(rounds: readonly RoundResult[], theme: Theme): HeatmapData {
  const cell = (layer: RoundLayer, round: number): Cell => {
    const kept = layer.kept / layer.count;
    return { color: ramp(1 - kept, theme), text: percent(kept), tip: layerTip(layer, round) };
  };
  const colors = STEPS.map((share) => ramp(share, theme));
  return { ...table(rounds, cell), ramp: { label: 'kept', colors, from: '100 %', to: '0' } };
}

/** What a heatmap of signs shows: the share that flipped, or the share that stayed. */
export const SIGN_SHARES = ['flipped', 'kept'] as const;
export type SignShare = (typeof SIGN_SHARES)[number];

export interface FlipsOptions {
  since: FlipsSince;
  share: SignShare;
}

/**
 * Returns the heatmap of flipped signs of each layer after each round, or of those that stayed. One end of the colour scale is 50 %, the
 * chance level.
 */
export function flipsHeatmap(
  rounds: readonly RoundResult[],
  { since, share }: FlipsOptions,
  theme: Theme,
): HeatmapData {
  const shown = since === 'previous' ? rounds.filter(({ round }) => round > 0) : rounds;
  const colorAt = (flipped: number) =>
    share === 'flipped' ? flipRamp(flipped, theme) : ramp(1 - Math.min(1, flipped / CHANCE), theme);
  const shareOf = (flipped: number) => (share === 'flipped' ? flipped : 1 - flipped);
  const cell = (layer: RoundLayer, round: number): Cell => {
    const flipped = flippedShare(layer, since);
    const color = Number.isFinite(flipped) ? colorAt(flipped) : undefined;
    return { color, text: percent(shareOf(flipped)), tip: layerTip(layer, round) };
  };
  const newest = shown.at(-1);
  const mean = newest ? flippedInRound(newest, since) : NaN;
  const place = Math.min(1, mean / CHANCE);
  const label = `mean ${percent(shareOf(mean))}`;
  const marks = Number.isFinite(mean) ? [{ at: share === 'flipped' ? place : 1 - place, label }] : [];
  const colors = STEPS.map((step) => colorAt((share === 'flipped' ? step : 1 - step) * CHANCE));
  const chance = 'chance, 50 %';
  const ends = share === 'flipped' ? { from: '0', to: chance } : { from: chance, to: '100 %' };
  const legend = { label: share === 'flipped' ? 'flipped' : 'same sign', colors, ...ends, marks };
  return { ...table(shown, cell), ramp: legend };
}

/** Share of flips between random signs. */
const CHANCE = 0.5;

/** Returns the layer whose signs flipped most in a round. Undefined if nothing is known. */
export function flipsMost({ layers }: Pick<RoundResult, 'layers'>, since: FlipsSince): string | undefined {
  const known = layers.filter((layer) => Number.isFinite(flippedShare(layer, since)));
  const [most] = known.sort((a, b) => flippedShare(b, since) - flippedShare(a, since));
  return most?.name;
}

/** Returns “After round 8, 94.1 % of the kept weights have the sign of their initialization. layer3.2.conv2 flips most (11.3 %).” */
export function flipsFinding(rounds: readonly RoundResult[], at?: number): string {
  const round = rounds.find((one) => one.round === at) ?? rounds.at(-1);
  if (!round)
    return 'No round has ended yet. After the first round, this line says how many signs are still those of the initialization.';
  const shares = round.layers.map((layer) => ({ name: layer.name, share: flippedShare(layer, 'initialization') }));
  const known = shares.filter(({ share }) => Number.isFinite(share)).sort((a, b) => b.share - a.share);
  const [most] = known;
  if (!most && round.layers.some(({ flippedFromInit }) => flippedFromInit === undefined))
    return 'The initialization of this search is unknown, so flips since then are unknown, too. Compare with the previous round instead.';
  if (!most) return `No weight is left after round ${round.round}.`;
  const agreeing = percent(1 - flippedInRound(round, 'initialization'));
  return `After round ${round.round}, ${agreeing} of the kept weights have the sign of their initialization. ${most.name} flips most (${percent(most.share)}).`;
}
