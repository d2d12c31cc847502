import { experimentsOf, relatedRuns } from '../../../webview/views/run/accuracyData';
import { lineOfExperiment, officialLine } from '../../../webview/views/run/accuracyLines';
import { lossCurves, smoothed } from '../../../webview/views/run/lossData';
import { readTheme } from '../../../webview/theme';
import { equal, matches, near, ok } from '../assert';
import { openPanel, setTheme } from '../panel';
import { connectivityRun, searchRun, trainRun, withReestimated } from '../world/runs';
import { ticketStudy } from '../world/tickets';
import { answersOf, study, summaryOf } from '../world/world';

const directory = searchRun('aws', 1, 1).directory;

describe('the data of the run panel', () => {
  it('include runs of the same model and data, except connectivity runs', () => {
    const own = searchRun('aws', 1, 2);
    const other = { ...searchRun('lrr', 2, 2), model: 'mlp' };
    const runs = [own, other, connectivityRun('c', 1), searchRun('lrr', 2, 2)].map(summaryOf);
    equal(
      relatedRuns(runs, own).map(({ model, name }) => [model, name]),
      [
        ['resnet20', 'aws-seed1'],
        ['resnet20', 'lrr-seed2'],
      ],
    );
  });

  it('show several seeds as their mean with a band of one standard deviation', () => {
    setTheme('dark');
    const runs = [1, 2, 3].map((seed) => searchRun('aws', seed, 2));
    const [experiment, ...others] = experimentsOf(runs.map(summaryOf));
    equal([others.length, experiment!.name, experiment!.n], [0, 'aws · search, official', 3]);
    const { points, members } = lineOfExperiment(experiment!, runs[0]!.directory, readTheme());
    equal(
      members!.map(({ thin, look }) => [thin, look !== undefined]),
      [
        [true, true],
        [true, false],
        [true, false],
      ],
    );
    near(points[0]!.y, runs[1]!.rounds[0]!.test.accuracy, 1e-9);
    near(points[0]!.deviation!, 0.13, 1e-9);
  });

  it('have separate lines for runs that differ in more than seeds, named after the differences', () => {
    const widths = [16, 16, 32];
    const runs = widths.map((width, place) => {
      const differs = [
        { name: 'learningRate', value: 0.05 },
        { name: 'model.width', value: width },
      ];
      return { ...searchRun('aws', place + 1, 2), experiment: `width ${width}`, differs };
    });
    equal(
      experimentsOf(runs.map(summaryOf)).map(({ name, n }) => [name, n]),
      [
        ['aws · search, official: model.width 16', 2],
        ['aws · search, official: model.width 32', 1],
      ],
    );
  });

  it('name lines after their runs if nothing known tells them apart', () => {
    const runs = [1, 2].map((seed) => ({ ...searchRun('lrr', seed, 2), experiment: `unknown ${seed}` }));
    equal(
      experimentsOf(runs.map(summaryOf)).map(({ name }) => name),
      ['lrr · search: lrr-seed1', 'lrr · search: lrr-seed2'],
    );
  });

  it('have the hue of the method, and the mark and dash of what was done', () => {
    setTheme('dark');
    const theme = readTheme();
    const lines = experimentsOf(ticketStudy().map(summaryOf)).map((one) => lineOfExperiment(one, '', theme));
    const look = (name: string) => {
      const { color, look: drawn } = lines.find((line) => line.name === name)!;
      return [color, drawn.shape, drawn.open ?? false, drawn.dash!.length > 0];
    };
    equal(look('aws · search'), [theme.methods.aws, 'circle', true, true]);
    equal(look('aws · signed mask'), [theme.methods.aws, 'diamond', false, false]);
    equal(look('lrr · mask only'), [theme.methods.lrr, 'diamond', true, true]);
    equal(look('aws · random signs'), [theme.methods.aws, 'cross', false, true]);
    equal(lines.find(({ level }) => level)!.color, theme.methods.dense);
  });

  it('have the official measure of a search as a line of its own, if the shown one is re-estimated', () => {
    setTheme('dark');
    const theme = readTheme();
    const official = (run: ReturnType<typeof searchRun>) => officialLine(experimentsOf([summaryOf(run)])[0]!, theme);
    equal(official(searchRun('aws', 1, 2)), undefined);
    const line = official(withReestimated(searchRun('aws', 1, 2), 40));
    equal([line?.name, line?.faint], ['aws · search, official', true]);
    near(line!.points[0]!.y, searchRun('aws', 1, 2).rounds[0]!.test.accuracy - 40, 1e-9);
  });

  it('have a separate level for each experiment of dense runs', () => {
    setTheme('dark');
    const runs = [1, 2, 3].map((seed) => ({
      ...trainRun(`dense-${seed}`, 90 + seed),
      experiment: seed < 3 ? 'short' : 'long',
      differs: [{ name: 'finalEpochs', value: seed < 3 ? 20 : 200 }],
    }));
    equal(
      experimentsOf(runs.map(summaryOf)).map((one) => {
        const { name, level, points } = lineOfExperiment(one, '', readTheme());
        return [name, level, points[0]!.y];
      }),
      [
        ['dense: finalEpochs 20', true, 91.5],
        ['dense: finalEpochs 200', true, 93],
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
    ok(band.getBoundingClientRect().height > plot.height, 'the band is higher than the axis');
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
