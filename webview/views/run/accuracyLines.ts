/** The lines of the accuracy chart: the hue is the method, mark and dash say what was done. */
import { group } from 'd3';
import { DONE_LOOKS } from '../../../engine/vocabulary/looks';
import { isReestimated, OFFICIAL, OFFICIAL_SHORT, REESTIMATED } from '../../../engine/vocabulary/searchAccuracy';
import { seedText } from '../../../engine/vocabulary/seeds';
import { meanText } from '../../../engine/vocabulary/statistics';
import { density, percentage, plural } from '../../format';
import type { ChartLine, LinePoint } from '../../parts/lineFigure';
import type { Theme } from '../../theme';
import { meanPoints, type Experiment, type Measured, type MeanPoint } from './accuracyData';

const SMALLEST_DENSITY = 1e-9;

/** Returns the line of an experiment. Only the rounds of the run `own` can be clicked. */
export function lineOfExperiment(experiment: Experiment, own: string, theme: Theme): ChartLine {
  const { key, name, done, measured, n } = experiment;
  const { method } = measured[0]!.run;
  const [color, look] = [theme.methods[method], DONE_LOOKS[done]];
  const common = { key, name, color, look };
  if (experiment.isDense) return { ...common, level: true, points: [levelOf(experiment)] };
  const runs = [...group(measured, ({ run }) => run.directory)];
  const members = runs.map(([directory, points]) => ({
    ...{ key: directory, color, thin: true },
    ...(directory === own && { look, strong: true }),
    points: [...points].sort((a, b) => b.density - a.density).map((one) => seedPoint(one, name, own)),
  }));
  const several = n > 1;
  return {
    ...common,
    points: experiment.points.map((point) =>
      several ? meanPoint(point, name) : seedPoint(point.measured[0]!, name, own),
    ),
    ...(several && { members }),
    ...(runs.some(([directory]) => directory === own) && { strong: true }),
    ...(done === 'search' && { loose: true }),
  };
}

/** Returns the official accuracy of a search whose shown accuracy is another one, as a faint line. Undefined without such a search. */
export function officialLine(experiment: Experiment, theme: Theme): ChartLine | undefined {
  const { key, name, done, measured } = experiment;
  const { run } = measured[0]!;
  if (done !== 'search' || !isReestimated(run.rounds)) return undefined;
  const official = meanPoints(measured.map((one) => ({ ...one, accuracy: one.official ?? NaN })));
  return {
    ...{ key: `${key} ${OFFICIAL_SHORT}`, name: `${name}, ${OFFICIAL_SHORT}`, color: theme.methods[run.method] },
    ...{ look: DONE_LOOKS.search, faint: true, loose: true },
    points: official.map(({ density: kept, mean, measured: ones }) => ({
      x: Math.max(kept, SMALLEST_DENSITY),
      y: mean,
      n: ones.length,
      tip: `${name}\nkept ${density(kept)} %\n${percentage(mean)} ${OFFICIAL}`,
    })),
  };
}

function levelOf({ name, points: [point], n }: Experiment): LinePoint {
  const { mean, deviation, measured } = point!;
  const spread = deviation === undefined ? '' : ` ± ${deviation.toFixed(1)}`;
  const tip = `${name}: ${percentage(mean)}${spread} after full training, ${plural(measured.length, 'run')}`;
  return { x: 1, y: mean, deviation, n, tip };
}

function seedPoint(one: Measured, name: string, own: string): LinePoint {
  return {
    x: Math.max(one.density, SMALLEST_DENSITY),
    y: one.accuracy,
    tip: tipOf(name, one),
    ...(one.run.directory === own && one.round !== undefined && { key: String(one.round) }),
  };
}

function meanPoint({ density: kept, mean, deviation, measured }: MeanPoint, name: string): LinePoint {
  const text = meanText({ mean, ...(deviation !== undefined && { deviation }) });
  const tip = [name, `kept ${density(kept)} %`, `accuracy ${text} %, n = ${measured.length}`].join('\n');
  return { x: Math.max(kept, SMALLEST_DENSITY), y: mean, deviation, n: measured.length, tip };
}

function tipOf(name: string, { run, round, density: kept, accuracy, official }: Measured): string {
  const when = round === undefined ? 'after full training' : `round ${round}`;
  const reestimated = round !== undefined && isReestimated(run.rounds);
  const lines = [
    `${run.name}, seed ${seedText(run)}`,
    name,
    when,
    `kept ${density(kept)} %`,
    `accuracy ${percentage(accuracy)}${reestimated ? `, ${REESTIMATED}` : ''}`,
    ...(reestimated && official !== undefined ? [`${percentage(official)} ${OFFICIAL}`] : []),
  ];
  return lines.join('\n');
}
