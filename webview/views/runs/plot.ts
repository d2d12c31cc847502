/** Draws the selected runs in one chart: accuracy against the share of weights that is kept. */
import { meanText } from '../../../engine/vocabulary/statistics';
import type { ListedRun } from '../../../engine/protocol';
import { density, tick } from '../../format';
import type { Host } from '../../host';
import { LineFigure } from '../../parts/lineFigure';
import { readTheme } from '../../theme';
import { denseOf, experimentsOf } from '../run/accuracyData';
import { lineOfExperiment } from '../run/accuracyLines';

const TICKS = [1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const EMPTY = 'Select runs to draw their accuracy against the share of weights that is kept.';

/** Makes the figure. `runs` are the selected runs. */
export function plotFigure(host: Host, runs: () => ListedRun[]): LineFigure {
  const experiments = () => experimentsOf(runs().filter(({ kind }) => kind !== 'connectivity'));
  return new LineFigure({
    title: 'Accuracy of the selected runs',
    file: 'runs-accuracy',
    host,
    files: () => runs().map(({ directory }) => directory),
    picture: () => {
      const shown = experiments();
      if (shown.length === 0) return EMPTY;
      const lowest = Math.min(...shown.flatMap(({ points }) => points.map((point) => point.density)), 0.5);
      const dense = denseOf(shown);
      const hint = 'difference from dense, in percentage points';
      const theme = readTheme();
      return {
        lines: shown.map((one) => lineOfExperiment(one, '', theme)),
        x: { label: 'kept, % of prunable weights', domain: [1, lowest], log: true, ticks: TICKS, format: density },
        y: { label: 'test accuracy, %', limits: [0, 100], format: tick },
        ...(dense && { baseline: { key: dense.key, title: 'to dense', hint } }),
        at: (x) => `at ${density(x)} % kept`,
        value: ({ y, deviation }) => `${meanText({ mean: y, ...(deviation !== undefined && { deviation }) })} %`,
      };
    },
    data: () => ({
      columns: ['run', 'what', 'seed', 'round', 'density', 'test accuracy, %'],
      rows: experiments().flatMap(({ name, measured }) =>
        measured.map(({ run, round, density: kept, accuracy }) => [run.name, name, run.seed, round, kept, accuracy]),
      ),
    }),
    caption: () =>
      'Test accuracy of the selected runs. Runs that differ only in seeds are one line: their mean, with ± 1 standard deviation as a band.',
  });
}
