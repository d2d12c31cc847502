/** The figure of accuracy against sparsity, with dense runs as reference. */
import { isReestimated, OFFICIAL, officialCaveat, REESTIMATED } from '../../../engine/vocabulary/searchAccuracy';
import type { ListedRun } from '../../../engine/protocol';
import { drawCurve } from '../../charts/curve';
import { density, tick } from '../../format';
import type { Host } from '../../host';
import type { DataTable } from '../../parts/dataTable';
import { Figure } from '../../parts/figure';
import { emptyState } from '../../parts/message';
import type { RunColor } from '../../protocol';
import { readTheme } from '../../theme';
import { accuracyPicture, lineOf, relatedRuns } from './accuracyData';

const TICKS = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];

export interface AccuracySource {
  host: Host;
  /** The run of the panel. */
  own: () => ListedRun | undefined;
  runs: () => RunColor[];
  round: () => number | undefined;
  selectRound: (round: number) => void;
}

/** Returns the domain of an accuracy axis in percent. `cut` is true if the axis does not start at 0. */
export function accuracyDomain(values: readonly number[]): { domain: [number, number]; cut: boolean } {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const pad = Math.max(0.5, (high - low) * 0.08);
  const bottom = Math.max(0, low - pad);
  return { domain: [bottom, Math.min(100, high + pad)], cut: bottom > 0 };
}

function pictureOf(source: AccuracySource) {
  const own = source.own();
  return own && accuracyPicture(relatedRuns(source.runs(), own), own.directory, readTheme());
}

/** Makes the figure. */
export function accuracyFigure(source: AccuracySource): Figure {
  return new Figure({
    title: 'Accuracy against sparsity',
    file: `${source.own()?.name ?? 'run'}-accuracy`,
    host: source.host,
    draw: (body, size) => {
      const picture = pictureOf(source);
      if (!picture || picture.measured.length === 0) {
        body.replaceChildren(emptyState('The accuracy appears here after the first round.'));
        return;
      }
      body.querySelector('.empty')?.remove();
      const lowest = Math.min(...picture.measured.map((one) => one.density), 0.5);
      const edges = picture.series.flatMap(({ band = [] }) => band.flatMap(({ low, high }) => [low, high]));
      const accuracy = accuracyDomain([...picture.measured.map((one) => one.accuracy), ...edges]);
      drawCurve(body, picture.series, {
        ...size,
        label: 'Accuracy against density',
        references: picture.references,
        x: { label: 'kept, % of prunable weights', domain: [1, lowest], log: true, ticks: TICKS, format: density },
        y: { label: 'test accuracy, %', ...accuracy, format: tick },
        selected: String(source.round() ?? ''),
        onSelect: (key) => {
          source.selectRound(Number(key));
        },
      });
    },
    data: () => dataOf(source),
    caption: () => captionOf(source),
  });
}

function dataOf(source: AccuracySource): DataTable {
  const picture = pictureOf(source);
  const rows = (picture?.measured ?? []).map(({ run, round, density: kept, accuracy, official }) => {
    return [run.name, picture?.names.get(lineOf(run)), run.seed, round, kept, accuracy, official];
  });
  const columns = ['run', 'what', 'seed', 'round', 'density', 'test accuracy, %', `${OFFICIAL}, %`];
  return { columns, rows };
}

function captionOf(source: AccuracySource): string {
  const own = source.own();
  if (!own) return '';
  const related = relatedRuns(source.runs(), own).map(({ summary }) => summary);
  const finals = related.some(({ result }) => result?.kind === 'train');
  const searches = related.filter(({ kind, rounds }) => kind === 'search' && rounds.length > 0);
  const circles = 'Circles: test accuracy during the search, at the end of each round, before pruning.';
  const banded = pictureOf(source)?.series.some(({ band }) => band);
  const seeds = banded ? ' Band: ± 1 standard deviation over seeds; thin: single seeds.' : '';
  return `${own.model} on ${own.dataset}. ${circles}${measureWords(searches)}${finals ? ' Diamonds: after full training, A(·).' : ''}${seeds}`;
}

/** Returns the part of the caption about measures: how the accuracies of searches were measured, and which are too low. */
function measureWords(searches: readonly ListedRun[]): string {
  const reestimated = searches.some(({ rounds }) => isReestimated(rounds));
  const official = searches.filter(({ rounds }) => !isReestimated(rounds));
  const caveat = official.some(({ method }) => method === 'aws') ? officialCaveat('aws', false) : undefined;
  return [
    reestimated && `${capitalized(REESTIMATED)}: batch-norm statistics were measured again at α = 0.`,
    official.length > 0 && (reestimated || caveat) && `${reestimated ? 'Other searches' : 'Searches'}: ${OFFICIAL}.`,
    caveat,
  ]
    .filter(Boolean)
    .map((sentence) => ` ${sentence}`)
    .join('');
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
