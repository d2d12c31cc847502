/** The figure of accuracy against sparsity, with dense runs as reference. */
import { isReestimated, OFFICIAL, officialCaveat, REESTIMATED } from '../../../engine/vocabulary/searchAccuracy';
import { meanText } from '../../../engine/vocabulary/statistics';
import type { ListedRun } from '../../../engine/protocol';
import { h } from '../../dom';
import { density, tick } from '../../format';
import type { Host } from '../../host';
import type { DataTable } from '../../parts/dataTable';
import { LineFigure, type ChartLine, type LineChoices, type LinePicture } from '../../parts/lineFigure';
import { readTheme } from '../../theme';
import { denseOf, experimentsOf, relatedRuns, type Experiment } from './accuracyData';
import { lineOfExperiment, officialLine } from './accuracyLines';

const TICKS = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];

export interface AccuracyChoices extends LineChoices {
  /** Whether the official measure of searches is shown beside the re-estimated one. */
  official?: boolean;
}

export interface AccuracySource {
  host: Host;
  /** The run of the panel. */
  own: () => ListedRun | undefined;
  runs: () => ListedRun[];
  round: () => number | undefined;
  selectRound: (round: number) => void;
  choices?: AccuracyChoices | undefined;
  changed: (choices: AccuracyChoices) => void;
}

/** Makes the figure. */
export function accuracyFigure(source: AccuracySource): LineFigure {
  const official = h('input', {
    type: 'checkbox',
    checked: source.choices?.official,
    'aria-label': 'official measure',
  });
  const label = h('label', { class: 'control' }, official, 'official measure');
  let choices: LineChoices = source.choices ?? { hidden: [] };
  const tell = () => {
    source.changed({ ...choices, official: official.checked });
  };
  const experiments = () => {
    const own = source.own();
    return own ? experimentsOf(relatedRuns(source.runs(), own)) : [];
  };
  const figure: LineFigure = new LineFigure({
    title: 'Accuracy against sparsity',
    file: `${source.own()?.name ?? 'run'}-accuracy`,
    host: source.host,
    controls: label,
    choices,
    changed: (next) => {
      choices = next;
      tell();
    },
    picture: () => {
      const shown = experiments();
      const theme = readTheme();
      const measures = shown.flatMap((one) => officialLine(one, theme) ?? []);
      label.hidden = measures.length === 0;
      if (shown.length === 0) return 'The accuracy appears here after the first round.';
      const lines = shown.map((one) => lineOfExperiment(one, source.own()!.directory, theme));
      return pictureOf(source, [...lines, ...(official.checked ? measures : [])], shown);
    },
    data: () => dataOf(experiments()),
    caption: () => captionOf(source.own(), experiments(), official.checked),
  });
  official.addEventListener('change', () => {
    tell();
    figure.refresh();
  });
  return figure;
}

function pictureOf(source: AccuracySource, lines: ChartLine[], experiments: readonly Experiment[]): LinePicture {
  const lowest = Math.min(...experiments.flatMap(({ points }) => points.map((point) => point.density)), 0.5);
  const dense = denseOf(experiments);
  const hint = 'difference from dense, in percentage points';
  return {
    lines,
    x: { label: 'kept, % of prunable weights', domain: [1, lowest], log: true, ticks: TICKS, format: density },
    y: { label: 'test accuracy, %', limits: [0, 100], format: tick },
    ...(dense && { baseline: { key: dense.key, title: 'to dense', hint } }),
    at: (x) => `at ${density(x)} % kept`,
    value: ({ y, deviation }) => `${meanText({ mean: y, ...(deviation !== undefined && { deviation }) })} %`,
    selected: String(source.round() ?? ''),
    onSelect: (key) => {
      source.selectRound(Number(key));
    },
  };
}

function dataOf(experiments: readonly Experiment[]): DataTable {
  const rows = experiments.flatMap(({ name, measured }) =>
    measured.map(({ run, round, density: kept, accuracy, official }) => {
      return [run.name, name, run.seed, round, kept, accuracy, official];
    }),
  );
  const columns = ['run', 'what', 'seed', 'round', 'density', 'test accuracy, %', `${OFFICIAL}, %`];
  return { columns, rows };
}

function captionOf(own: ListedRun | undefined, experiments: readonly Experiment[], official: boolean): string {
  if (!own) return '';
  const runs = experiments.flatMap(({ measured }) => measured.map(({ run }) => run));
  const searches = runs.filter(({ kind, rounds }) => kind === 'search' && rounds.length > 0);
  const finals = runs.some(({ result }) => result?.kind === 'train');
  return [
    `${own.model} on ${own.dataset}.`,
    searches.length > 0 && 'Search: test accuracy at the end of each round, before pruning.',
    ...measureWords(searches, official),
    finals && 'All others: after full training, A(·).',
    experiments.some(({ n }) => n > 1) && 'Band: ± 1 standard deviation over seeds; thin: single seeds.',
    searches.length > 0 && finals && 'Arrows at the lower edge: points below it.',
  ]
    .filter(Boolean)
    .join(' ');
}

/** Returns the part of the caption about measures: how the accuracies of searches were measured, and which are too low. */
function measureWords(searches: readonly ListedRun[], shown: boolean): string[] {
  const reestimated = searches.some(({ rounds }) => isReestimated(rounds));
  const official = searches.filter(({ rounds }) => !isReestimated(rounds));
  const caveat = official.some(({ method }) => method === 'aws') ? officialCaveat('aws', false) : undefined;
  const faint = shown && reestimated ? `Faint: ${OFFICIAL}. ${officialCaveat('aws', true) ?? ''}` : undefined;
  return [
    reestimated && `${capitalized(REESTIMATED)}: batch-norm statistics were measured again at α = 0.`,
    faint,
    official.length > 0 && (reestimated || caveat) && `${reestimated ? 'Other searches' : 'Searches'}: ${OFFICIAL}.`,
    caveat,
  ].filter((sentence) => typeof sentence === 'string');
}

function capitalized(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
