/** Accuracy against density, for this run and all runs of the same model and data. Runs that differ only in seeds form a line. */
import { group } from 'd3';
import { factText } from '../../../engine/vocabulary/facts';
import { DONE_LOOKS, type Done } from '../../../engine/vocabulary/looks';
import { doneIn } from '../../../engine/vocabulary/runValues';
import {
  isReestimated,
  measureName,
  OFFICIAL_SHORT,
  REESTIMATED,
  shownMeasure,
} from '../../../engine/vocabulary/searchAccuracy';
import { meanOf } from '../../../engine/vocabulary/statistics';
import type { ListedRun } from '../../../engine/protocol';

/** An accuracy of a run: after a round of its search, or after full training A(·). */
export interface Measured {
  run: ListedRun;
  density: number;
  accuracy: number;
  /** The accuracy after a round as the official code measures it. Equal to `accuracy` unless `accuracy` was re-estimated. */
  official?: number;
  round?: number;
}

/** The accuracies of runs that have the same experiment and were measured in the same way. */
export interface Experiment {
  key: string;
  name: string;
  done: Done;
  /** Whether its networks were not pruned, so that it is a level to compare with. */
  isDense: boolean;
  measured: Measured[];
  /** The means over seeds, from dense to sparse. */
  points: MeanPoint[];
  /** Number of different seeds. */
  n: number;
}

export interface MeanPoint {
  density: number;
  mean: number;
  deviation?: number;
  measured: Measured[];
}

/** Rounds of repeated searches keep nearly the same share: the ratio of their densities is at most this. */
export const SAME_DENSITY = 1.02;

/** Returns the runs with the same model and data, because their accuracies can be compared. */
export function relatedRuns(runs: readonly ListedRun[], to: ListedRun): ListedRun[] {
  return runs.filter(({ kind, model, dataset }) => {
    return kind !== 'connectivity' && model === to.model && dataset === to.dataset;
  });
}

function isDense({ method, source }: ListedRun): boolean {
  return method === 'dense' || source?.from === 'initialization';
}

/** Returns the name of a run in a legend: its method, and what was done. */
function groupName(run: ListedRun): string {
  if (run.method === 'dense') return 'dense';
  const done = DONE_LOOKS[doneIn(run)!].label; // only measurements have nothing done, and no accuracy
  const isNamed = run.kind === 'search' && !isReestimated(run.rounds) && measureName(false, run.method) !== undefined;
  return `${run.method} · ${done}${isNamed ? `, ${OFFICIAL_SHORT}` : ''}`;
}

/** Returns the key of a run's line. Runs share a line if they have the same experiment and were measured in the same way. */
export function lineOf({ experiment, rounds }: ListedRun): string {
  return isReestimated(rounds) ? `${experiment} ${REESTIMATED}` : experiment;
}

function measuredOf(run: ListedRun): Measured[] {
  const rounds = run.kind === 'search' ? run.rounds : [];
  const reestimated = isReestimated(rounds);
  const searched = rounds.map((round) => ({
    run,
    density: 1 - round.sparsity.prunable,
    accuracy: (reestimated ? shownMeasure(round) : round.test).accuracy,
    official: round.test.accuracy,
    round: round.round,
  }));
  if (run.result?.kind !== 'train') return searched;
  const { sparsity, test } = run.result;
  return [...searched, { run, density: 1 - sparsity.prunable, accuracy: test.accuracy }];
}

/** Returns the accuracies of all experiments. */
export function experimentsOf(runs: readonly ListedRun[]): Experiment[] {
  const groups = [...group(runs.flatMap(measuredOf), ({ run }) => lineOf(run))];
  const names = experimentNames(groups.map(([, [one]]) => one!.run));
  return groups.map(([key, measured]) => {
    const { run } = measured[0]!;
    return {
      ...{ key, name: names.get(key)!, done: doneIn(run)!, isDense: isDense(run), measured },
      points: meanPoints(measured),
      n: new Set(measured.map((one) => JSON.stringify(one.run.seeds))).size,
    };
  });
}

/** Returns the name of each line. If several lines have the same name, the options in which they differ are appended. */
export function experimentNames(runs: readonly ListedRun[]): Map<string, string> {
  const byName = [...group(runs, groupName)];
  return new Map(byName.flatMap(([name, alike]) => alike.map((run) => [lineOf(run), nameAmong(name, run, alike)])));
}

function nameAmong(name: string, run: ListedRun, alike: readonly ListedRun[]): string {
  if (alike.length < 2) return name;
  const values = (wanted: string) =>
    new Set(alike.map(({ differs }) => JSON.stringify(differs.find((fact) => fact.name === wanted)?.value)));
  const facts = run.differs.filter((fact) => fact.name !== 'source.round' && values(fact.name).size > 1);
  return `${name}: ${facts.length === 0 ? run.name : facts.map(factText).join(', ')}`;
}

/** Returns the means of the accuracies at each density. The standard deviation needs at least two seeds. */
export function meanPoints(measured: readonly Measured[]): MeanPoint[] {
  const sorted = [...measured].sort((a, b) => b.density - a.density);
  const places: Measured[][] = [];
  for (const one of sorted) {
    const place = places.at(-1);
    if (place && place[0]!.density <= one.density * SAME_DENSITY) place.push(one);
    else places.push([one]);
  }
  return places.map((ones) => {
    const { mean, deviation } = meanOf(ones.map(({ accuracy }) => accuracy));
    const kept = meanOf(ones.map((one) => one.density)).mean;
    return { density: kept, mean, ...(deviation !== undefined && { deviation }), measured: ones };
  });
}

/** Returns the dense experiment with the most runs. */
export function denseOf(experiments: readonly Experiment[]): Experiment | undefined {
  const dense = experiments.filter(({ isDense, measured }) => isDense && measured[0]!.run.method === 'dense');
  return [...dense].sort((a, b) => b.n - a.n)[0];
}
