/** Accuracy against density, for this run and all runs of the same model and data. Runs that differ only in seeds form a group. */
import { deviation, group, mean } from 'd3';
import { factText } from '../../../engine/vocabulary/facts';
import { seedText } from '../../../engine/vocabulary/seeds';
import {
  isReestimated,
  measureName,
  OFFICIAL,
  REESTIMATED,
  shownMeasure,
} from '../../../engine/vocabulary/searchAccuracy';
import type { ListedRun } from '../../../engine/protocol';
import type { Reference, Series, Shape } from '../../charts/curve';
import { density, percentage, plural } from '../../format';
import type { RunColor } from '../../protocol';
import type { Theme } from '../../theme';

/** An accuracy of a run: after a round of its search, or after full training A(·). */
export interface Measured {
  run: ListedRun;
  color: string;
  density: number;
  accuracy: number;
  /** The accuracy after a round as the official code measures it. Equal to `accuracy` unless `accuracy` was re-estimated. */
  official?: number;
  round?: number;
}

export interface AccuracyPicture {
  series: Series[];
  references: Reference[];
  measured: Measured[];
  /** Names of lines. The keys are those of `lineOf`. */
  names: ReadonlyMap<string, string>;
}

const SMALLEST_DENSITY = 1e-9;

/** Returns the runs with the same model and data, because their accuracies can be compared. */
export function relatedRuns(runs: readonly RunColor[], to: ListedRun): RunColor[] {
  return runs.filter(({ summary: { kind, model, dataset } }) => {
    return kind !== 'connectivity' && model === to.model && dataset === to.dataset;
  });
}

/** Returns the name of a run in a legend: its method, and what its training started from. */
function groupName({ kind, method, source, rounds }: ListedRun): string {
  if (method === 'dense') return 'dense';
  if (kind === 'search')
    return [`${method} search`, measureName(isReestimated(rounds), method)].filter(Boolean).join(', ');
  return source?.from === 'checkpoint' ? `${method}, ${source.variant}` : `${method}, from scratch`;
}

function isDense({ method, source }: ListedRun): boolean {
  return method === 'dense' || source?.from === 'initialization';
}

/** Returns the key of a run's line. Runs share a line if they have the same experiment and were measured in the same way. */
export function lineOf({ experiment, rounds }: ListedRun): string {
  return isReestimated(rounds) ? `${experiment} ${REESTIMATED}` : experiment;
}

function measuredOf({ summary: run, color }: RunColor, theme: Theme): Measured[] {
  const own = theme.runs[color % theme.runs.length]!;
  const rounds = run.kind === 'search' ? run.rounds : [];
  const reestimated = isReestimated(rounds);
  const searched = rounds.map((round) => ({
    run,
    color: own,
    density: 1 - round.sparsity.prunable,
    accuracy: (reestimated ? shownMeasure(round) : round.test).accuracy,
    official: round.test.accuracy,
    round: round.round,
  }));
  if (run.result?.kind !== 'train') return searched;
  const { sparsity, test } = run.result;
  return [...searched, { run, color: own, density: 1 - sparsity.prunable, accuracy: test.accuracy }];
}

/** Returns the lines, bands and dense references of all related runs. Only the rounds of the run `own` can be clicked. */
export function accuracyPicture(runs: readonly RunColor[], own: string, theme: Theme): AccuracyPicture {
  const measured = runs.flatMap((run) => measuredOf(run, theme));
  const experiments = [...group(measured, ({ run }) => lineOf(run)).values()];
  const names = experimentNames(experiments.map(([one]) => one!.run));
  const nameOf = (members: readonly Measured[]) => names.get(lineOf(members[0]!.run))!;
  const [dense, pruned] = [true, false].map((wanted) => experiments.filter(([one]) => isDense(one!.run) === wanted));
  return {
    series: pruned!.flatMap((members) => groupSeries(nameOf(members), members, own)),
    references: dense!.map((members) => denseReference(nameOf(members), members)),
    measured,
    names,
  };
}

/** Returns the name of each line. If several lines have the same name, the options in which they differ are appended. */
export function experimentNames(runs: readonly ListedRun[]): Map<string, string> {
  const byName = [...group(runs, groupName)];
  return new Map(byName.flatMap(([name, alike]) => alike.map((run) => [lineOf(run), nameAmong(name, run, alike)])));
}

function nameAmong(name: string, run: ListedRun, alike: readonly ListedRun[]): string {
  const values = (wanted: string) =>
    new Set(alike.map(({ differs }) => JSON.stringify(differs.find((fact) => fact.name === wanted)?.value)));
  const facts = run.differs.filter((fact) => fact.name !== 'source.round' && values(fact.name).size > 1);
  return facts.length === 0 ? name : `${name}: ${facts.map(factText).join(', ')}`;
}

function denseReference(label: string, measured: readonly Measured[]): Reference {
  const y = mean(measured, ({ accuracy }) => accuracy)!;
  const tip = `${label}: ${percentage(y)} after full training, ${plural(measured.length, 'run')}`;
  return { key: `dense ${label}`, label, color: measured[0]!.color, y, tip };
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

function groupSeries(name: string, members: readonly Measured[], own: string): Series[] {
  const runs = [...group(members, ({ run }) => run.directory)];
  const shape: Shape = members[0]!.run.kind === 'search' ? 'circle' : 'diamond';
  const lines = runs.map(([directory, points]): Series => {
    const sorted = [...points].sort((a, b) => b.density - a.density);
    return {
      key: directory,
      color: points[0]!.color,
      shape,
      strong: directory === own,
      points: sorted.map((point) => ({
        x: Math.max(point.density, SMALLEST_DENSITY),
        y: point.accuracy,
        tip: tipOf(name, point),
        key: directory === own && point.round !== undefined ? String(point.round) : undefined,
      })),
    };
  });
  const seeds = new Set(members.map(({ run }) => JSON.stringify(run.seeds))).size;
  if (seeds < 2) return seriesOfOneSeed(name, lines);
  const thin = lines.map((line) => ({ ...line, thin: true, shape: line.key === own ? shape : undefined }));
  return [...thin, meanSeries(`${name} (n = ${seeds})`, members, lines.find(({ key }) => key === own) ?? lines[0]!)];
}

/** Returns the lines of runs with one seed. Runs with a single point each, such as transfers of several rounds, become one line. */
function seriesOfOneSeed(name: string, lines: Series[]): Series[] {
  if (lines.length < 2 || lines.some(({ points }) => points.length > 1)) {
    return lines.map((line) => ({ ...line, label: name }));
  }
  const points = lines.flatMap((line) => line.points).sort((a, b) => b.x - a.x);
  return [{ ...lines[0]!, points, label: name }];
}

function meanSeries(label: string, members: readonly Measured[], like: Series): Series {
  const buckets = [...group(members, (one) => one.density.toPrecision(2))]
    .map(([, ones]) => ({
      x: mean(ones, (one) => Math.max(one.density, SMALLEST_DENSITY))!,
      y: mean(ones, ({ accuracy }) => accuracy)!,
      spread: deviation(ones, ({ accuracy }) => accuracy) ?? 0,
    }))
    .sort((a, b) => b.x - a.x);
  const band = buckets.map(({ x, y, spread }) => ({
    x,
    low: Math.max(0, y - spread),
    high: Math.min(100, y + spread),
  }));
  return { key: label, label, color: like.color, points: buckets, band };
}
