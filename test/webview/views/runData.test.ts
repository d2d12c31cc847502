import { accuracyPicture, relatedRuns } from '../../../webview/views/run/accuracyData';
import { lossCurves, smoothed } from '../../../webview/views/run/lossData';
import { readTheme } from '../../../webview/theme';
import { equal, matches, near, ok } from '../assert';
import { openPanel, setTheme } from '../panel';
import { connectivityRun, searchRun, trainRun } from '../world/runs';
import { answersOf, study, summaryOf } from '../world/world';

const directory = searchRun('aws', 1, 1).directory;

describe('the data of the run panel', () => {
  it('include runs of the same model and data, except connectivity runs', () => {
    const own = searchRun('aws', 1, 2);
    const other = { ...searchRun('lrr', 2, 2), model: 'mlp' };
    const runs = [own, other, connectivityRun('c', 1), searchRun('lrr', 2, 2)].map((run, color) => {
      return { directory: run.directory, color, summary: summaryOf(run) };
    });
    equal(
      relatedRuns(runs, own).map(({ color }) => color),
      [0, 3],
    );
  });

  it('show several seeds as their mean with a band of one standard deviation', () => {
    setTheme('dark');
    const runs = [1, 2, 3].map((seed) => searchRun('aws', seed, 2));
    const colored = runs.map((run, color) => ({ directory: run.directory, color, summary: summaryOf(run) }));
    const { series } = accuracyPicture(colored, runs[0]!.directory, readTheme());
    equal(
      series.map(({ label, thin }) => [label ?? '', thin ?? false]),
      [
        ['', true],
        ['', true],
        ['', true],
        ['aws search, official (n = 3)', false],
      ],
    );
    const { points, band } = series[3]!;
    near(points[0]!.y, runs[1]!.rounds[0]!.test.accuracy, 1e-9);
    near(band![0]!.high - band![0]!.low, 2 * 0.13, 1e-9);
  });

  it('have separate lines for runs that differ in more than seeds, named after the differences', () => {
    setTheme('dark');
    const widths = [16, 16, 32];
    const runs = widths.map((width, place) => {
      const differs = [
        { name: 'learningRate', value: 0.05 },
        { name: 'model.width', value: width },
      ];
      return { ...searchRun('aws', place + 1, 2), experiment: `width ${width}`, differs };
    });
    const colored = runs.map((run, color) => ({ directory: run.directory, color, summary: summaryOf(run) }));
    const { series, names } = accuracyPicture(colored, runs[0]!.directory, readTheme());
    equal(
      series.flatMap(({ label }) => label ?? []),
      ['aws search, official: model.width 16 (n = 2)', 'aws search, official: model.width 32'],
    );
    near(series[2]!.points[0]!.y, (runs[0]!.rounds[0]!.test.accuracy + runs[1]!.rounds[0]!.test.accuracy) / 2, 1e-9);
    equal([...names.values()], ['aws search, official: model.width 16', 'aws search, official: model.width 32']);
  });

  it('have a separate line for each experiment of dense runs', () => {
    setTheme('dark');
    const runs = [1, 2, 3].map((seed) => ({
      ...trainRun(`dense-${seed}`, 90 + seed),
      experiment: seed < 3 ? 'short' : 'long',
      differs: [{ name: 'finalEpochs', value: seed < 3 ? 20 : 200 }],
    }));
    const colored = runs.map((run, color) => ({ directory: run.directory, color, summary: summaryOf(run) }));
    const { references } = accuracyPicture(colored, '', readTheme());
    equal(
      references.map(({ label, y }) => [label, y]),
      [
        ['dense: finalEpochs 20', 91.5],
        ['dense: finalEpochs 200', 93],
      ],
    );
  });

  it('keep the band of seeds within the axes', async () => {
    const runs = [1, 2, 3].map((seed) => {
      const run = searchRun('aws', seed, 3);
      for (const round of run.rounds) round.test = { ...round.test, accuracy: [99.9, 60, 99][seed - 1]! };
      return run;
    });
    const { find } = await openPanel({ view: 'run', directory }, { answers: answersOf(runs) });
    const body = find('figure[aria-label^="Accuracy"] .figure-body');
    const [band, clip] = [body.querySelector('.bands path')!, body.querySelector('clipPath rect')!];
    const plot = body.querySelector('.grid')!.getBoundingClientRect();
    const { top, bottom } = band.getBoundingClientRect();
    const axis = body.querySelector('.y-axis .domain')!.getBoundingClientRect();
    ok(top >= axis.top - 1 && bottom <= axis.bottom + 1, `band ${top}–${bottom}, axis ${axis.top}–${axis.bottom}`);
    near(Number(clip.getAttribute('width')), plot.width, 1);
    matches(body.querySelector('.bands')!.getAttribute('clip-path'), /^url\(#chart-\d+-plot\)$/);
  });

  it('are smoothed without a bias at the start, and unchanged with smoothing 0', () => {
    equal(
      smoothed([3, 3, 3], 0.9).map((value) => Number(value.toFixed(9))),
      [3, 3, 3],
    );
    equal(smoothed([1, 5, 2], 0), [1, 5, 2]);
    near(smoothed([0, 1], 0.5)[1]!, 0.25 / 0.75 + 1 / 3, 1e-9);
  });

  it('place rounds one after another, in epochs', () => {
    const run = study()[0]!;
    const { rounds, test, end } = lossCurves(run, 0);
    equal(
      rounds.map(({ x }) => x),
      [0, 4, 8, 12, 16, 20, 24, 28, 32],
    );
    equal(test[4]!.x, 5, 'the first epoch of round 1 ends at 5');
    equal(end, 36);
  });
});
