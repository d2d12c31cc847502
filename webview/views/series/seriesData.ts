/** Turns a series of checkpoints into heatmaps of layers × checkpoints. */
import type { Series, SeriesCounts } from '../../../engine/protocol';
import { columnNamesOf, namesOf } from '../../../engine/vocabulary/fileNames';
import type { Cell, HeatmapData } from '../../charts/heatmap';
import { count, percent } from '../../format';
import { flipRamp, ramp, type Theme } from '../../theme';
import { moduleName } from '../picture/source';

/** What a heatmap shows. `previous` is the checkpoint before. */
export const MEASURES = ['kept', 'sinceFirst', 'sincePrevious', 'regrown', 'likeInit'] as const;
export type Measure = (typeof MEASURES)[number];

interface MeasureWords {
  label: string;
  title: string;
  caption: string;
}

export const MEASURE_WORDS: Record<Measure, MeasureWords> = {
  kept: {
    label: 'kept',
    title: 'Kept weights',
    caption: 'Share of the weights of a layer that a checkpoint keeps.',
  },
  sinceFirst: {
    label: 'flips since first',
    title: 'Flipped since the first checkpoint',
    caption:
      'Share of the weights kept in this and in the first checkpoint whose sign differs. Random signs would differ in 50 %.',
  },
  sincePrevious: {
    label: 'flips since previous',
    title: 'Flipped since the checkpoint before',
    caption:
      'Share of the weights kept in this checkpoint and in the one before whose sign differs. Random signs would differ in 50 %.',
  },
  regrown: {
    label: 'regrown',
    title: 'Regrown weights',
    caption: 'Share of the kept weights that the checkpoint before pruned.',
  },
  likeInit: {
    label: 'like the initialization',
    title: 'Signs of the initialization',
    caption:
      'Share of the weights kept in this checkpoint and in the initialization that have the same sign. Random signs would agree in 50 %.',
  },
};

/** Returns the measures that a series has: agreement with an initialization only if one was given. */
export function measuresOf({ init }: Pick<Series, 'init'>): [Measure, ...Measure[]] {
  const [first, ...rest] = MEASURES;
  return [first, ...rest.filter((measure) => measure !== 'likeInit' || init !== undefined)];
}

/** Returns a measure in 0 … 1. NaN if no weight is left to compare. */
export function shareOf(measure: Measure, counts: SeriesCounts): number {
  switch (measure) {
    case 'kept':
      return counts.kept / counts.count;
    case 'sinceFirst':
      return counts.flippedSinceFirst / counts.keptSinceFirst;
    case 'sincePrevious':
      return counts.flippedSincePrevious / counts.keptSincePrevious;
    case 'regrown':
      return counts.regrown / counts.kept;
    case 'likeInit':
      return (counts.sameSignAsInit ?? NaN) / (counts.keptWithInit ?? NaN);
  }
}

/** Returns the first column that a measure has: the first checkpoint has no checkpoint before it. */
export function firstColumn(measure: Measure): number {
  return measure === 'sincePrevious' || measure === 'regrown' ? 1 : 0;
}

/** Returns the heatmap of one measure. */
export function seriesHeatmap(series: Series, measure: Measure, theme: Theme): HeatmapData {
  const from = firstColumn(measure);
  const files = series.checkpoints.map(({ file }) => file);
  const names = namesOf(files);
  const shown = series.checkpoints.slice(from);
  const cells = series.layers.flatMap(({ name }, row) =>
    shown.map(({ layers }, column): Cell => {
      const counts = layers[row];
      const checkpoint = names[from + column] ?? '';
      if (!counts) return { text: '', tip: `${moduleName(name)}: not in ${checkpoint}` };
      const share = shareOf(measure, counts);
      const color = Number.isFinite(share) ? colorOf(measure, share, theme) : undefined;
      return {
        ...(color !== undefined && { color }),
        text: percent(share),
        tip: tipOf(moduleName(name), checkpoint, counts),
      };
    }),
  );
  const columns = columnNamesOf(files).slice(from);
  return {
    rows: series.layers.map(({ name }) => (name === '' ? moduleName(name) : name)),
    columns,
    columnTitle: 'checkpoint',
    cells,
    ramp: rampOf(measure, theme),
  };
}

function colorOf(measure: Measure, share: number, theme: Theme): string {
  if (measure === 'kept') return ramp(1 - share, theme);
  if (measure === 'regrown') return ramp(share, theme);
  return flipRamp(measure === 'likeInit' ? 1 - share : share, theme);
}

const STEPS = Array.from({ length: 24 }, (_, step) => step / 23);

function rampOf(measure: Measure, theme: Theme): HeatmapData['ramp'] {
  const { label } = MEASURE_WORDS[measure];
  if (measure === 'kept') return { label, colors: STEPS.map((share) => ramp(share, theme)), from: '100 %', to: '0' };
  if (measure === 'regrown') return { label, colors: STEPS.map((share) => ramp(share, theme)), from: '0', to: '100 %' };
  const colors = STEPS.map((share) => flipRamp(share / 2, theme));
  return { label, colors, from: measure === 'likeInit' ? '100 %' : '0', to: 'chance, 50 %' };
}

function tipOf(layer: string, checkpoint: string, counts: SeriesCounts): string {
  const line = (measure: Measure, words: string) => {
    const share = shareOf(measure, counts);
    return Number.isFinite(share) ? [`${words} ${percent(share)}`] : [];
  };
  return [
    `${layer}, ${checkpoint}`,
    `kept ${count(counts.kept)} of ${count(counts.count)} (${percent(counts.kept / counts.count)})`,
    ...line('sinceFirst', 'flipped since the first'),
    ...line('sincePrevious', 'flipped since the one before'),
    ...(counts.regrown > 0 ? line('regrown', 'regrown') : []),
    ...line('likeInit', 'signs of the initialization'),
  ].join('\n');
}

/** Returns the finding, for example “From iter0.pt to iter15.pt, the kept share changes from 100 % to 3.52 %. …”. */
export function seriesFinding({ checkpoints, layers }: Series): string {
  const [first, last] = [checkpoints[0], checkpoints.at(-1)];
  if (!first || !last) return 'The series has no checkpoints.';
  const names = namesOf(checkpoints.map(({ file }) => file));
  const [from, to] = [first, last].map(({ total }) => percent(shareOf('kept', total)));
  const kept = `From ${names[0] ?? ''} to ${names.at(-1) ?? ''}, the kept share changes from ${from ?? ''} to ${to ?? ''}.`;
  const flipped = shareOf('sinceFirst', last.total);
  if (!Number.isFinite(flipped)) return `${kept} The first and the last checkpoint keep no weight in common.`;
  const shares = layers.map(({ name }, row) => {
    const counts = last.layers[row];
    return { name, share: counts ? shareOf('sinceFirst', counts) : NaN };
  });
  const [most] = shares.filter(({ share }) => share > 0).sort((a, b) => b.share - a.share);
  const where = most && layers.length > 1 ? ` ${moduleName(most.name)} flips most (${percent(most.share)}).` : '';
  return `${kept} Of the weights kept in both, ${percent(flipped)} have another sign.${where}`;
}
