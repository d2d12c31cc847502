/** Accuracy against density: this run and those of the same model and data, grouped over seeds. */
import { deviation, group, mean } from 'd3';
import type { RunSummary } from '../../../engine/protocol';
import type { Reference, Series, Shape } from '../../charts/curve';
import { density, percentage, plural } from '../../format';
import type { RunColor } from '../../protocol';
import type { Theme } from '../../theme';

/** One accuracy of one run: after a round of its search, or after full training A(·). */
export interface Measured {
  run: RunSummary;
  color: string;
  density: number;
  accuracy: number;
  round?: number;
}

export interface AccuracyPicture {
  series: Series[];
  references: Reference[];
  measured: Measured[];
}

const LARGE = 1e-9;

/** Runs whose accuracies may stand beside each other. */
export function relatedRuns(runs: readonly RunColor[], to: RunSummary): RunColor[] {
  return runs.filter(({ summary: { kind, model, dataset } }) => {
    return kind !== 'connectivity' && model === to.model && dataset === to.dataset;
  });
}

/** What a run is in a legend: its method, and what it was trained from. */
export function groupName({ kind, method, source }: RunSummary): string {
  if (kind === 'search') return `${method}, during the search`;
  return source?.from === 'checkpoint' ? `${method}, ${source.variant}` : `${method}, from scratch`;
}

function isDense({ method, source }: RunSummary): boolean {
  return method === 'dense' || source?.from === 'initialization';
}

function measuredOf({ summary: run, color }: RunColor, theme: Theme): Measured[] {
  const own = theme.runs[color % theme.runs.length]!;
  const rounds = run.kind === 'search' ? run.rounds : [];
  const searched = rounds.map(({ round, sparsity, test }) => ({
    run,
    color: own,
    density: 1 - sparsity.prunable,
    accuracy: test.accuracy,
    round,
  }));
  if (run.result?.kind !== 'train') return searched;
  const { sparsity, test } = run.result;
  return [...searched, { run, color: own, density: 1 - sparsity.prunable, accuracy: test.accuracy }];
}

/** Lines, bands and the dense reference, of all related runs; `own` may be chosen round by round. */
export function accuracyPicture(runs: readonly RunColor[], own: string, theme: Theme): AccuracyPicture {
  const measured = runs.flatMap((run) => measuredOf(run, theme));
  const pruned = measured.filter(({ run }) => !isDense(run));
  const series = [...group(pruned, ({ run }) => groupName(run))].flatMap(([name, members]) =>
    groupSeries(name, members, own),
  );
  return { series, references: denseReferences(measured.filter(({ run }) => isDense(run))), measured };
}

function denseReferences(measured: readonly Measured[]): Reference[] {
  const finals = measured.filter(({ run }) => run.kind === 'train');
  const last = finals.length > 0 ? finals : measured.slice(-1);
  if (last.length === 0) return [];
  const y = mean(last, ({ accuracy }) => accuracy)!;
  const how = finals.length > 0 ? `after full training, ${plural(last.length, 'run')}` : 'during the search';
  return [{ key: 'dense', label: 'dense', color: last[0]!.color, y, tip: `dense: ${percentage(y)} ${how}` }];
}

function tipOf({ run, round, density: kept, accuracy }: Measured): string {
  const when = round === undefined ? 'after full training' : `round ${round}, during the search`;
  return `${run.name}, ${groupName(run).split(',')[0]!}, seed ${run.seed}\n${when}\nkept ${density(kept)} %\naccuracy ${percentage(accuracy)}`;
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
        x: Math.max(point.density, LARGE),
        y: point.accuracy,
        tip: tipOf(point),
        key: directory === own && point.round !== undefined ? String(point.round) : undefined,
      })),
    };
  });
  const seeds = new Set(members.map(({ run }) => run.seed)).size;
  if (seeds < 2) return seriesOfOneSeed(name, lines);
  const thin = lines.map((line) => ({ ...line, thin: true, shape: line.key === own ? shape : undefined }));
  return [...thin, meanSeries(`${name} (n = ${seeds})`, members, lines.find(({ key }) => key === own) ?? lines[0]!)];
}

/** Runs of one seed are points of one curve when each gives a single one, as transfers of several rounds do. */
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
      x: mean(ones, (one) => Math.max(one.density, LARGE))!,
      y: mean(ones, ({ accuracy }) => accuracy)!,
      spread: deviation(ones, ({ accuracy }) => accuracy) ?? 0,
    }))
    .sort((a, b) => b.x - a.x);
  const band = buckets.map(({ x, y, spread }) => ({ x, low: y - spread, high: y + spread }));
  return { key: label, label, color: like.color, points: buckets, band };
}
