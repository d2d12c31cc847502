/**
 * Divides runs into jobs of Slurm. Runs that need the same runs become one array. A run must not wait for more than it needs, so that a
 * failed run blocks only those that need it.
 */
import { groupBy } from '../../vocabulary/groupBy';
import type { StudyRun } from '../expand';

/** One submission: an array, or a job if it has one task. */
export interface Batch {
  /** The runs by their index in the array. */
  tasks: ReadonlyMap<number, StudyRun>;
  /**
   * What must end first. `each`: all tasks need all of these runs. `same`: each task needs the task with the same index of another batch,
   * which is given by its place in the list. Undefined if nothing must.
   */
  after?: { each: readonly string[] } | { same: number };
}

export interface BatchOptions {
  /** Greatest number of tasks of an array. Indices are smaller. 1 if the cluster has no arrays. */
  arraySize: number;
  /** Whether a run that is needed must still be waited for. Others have ended. */
  isOpen: (name: string) => boolean;
}

/** Returns the batches of runs, which are in an order in which runs come after those that they need. Batches have the same property. */
export function batchesOf(runs: readonly StudyRun[], { arraySize, isOpen }: BatchOptions): Batch[] {
  const batches: Batch[] = [];
  const places = new Map<string, Place>();
  const add = (batch: Batch) => {
    for (const [index, { name }] of batch.tasks) places.set(name, { batch: batches.length, index });
    batches.push(batch);
  };
  for (const layer of layersOf(runs)) {
    const groups = groupBy(layer, (run) => JSON.stringify(openNeeds(run, isOpen)));
    const byPartner = groupBy(groups.values(), ([first]) => partnerOf(openNeeds(first!, isOpen), places)?.batch);
    for (const [batch, partners] of byPartner) {
      if (batch === undefined) continue;
      const widest = bestWidth(partners);
      const narrow = partners.filter(({ length }) => length <= widest);
      for (let rank = 0; rank < widest; rank++) add(matched(batch, narrow, { rank, places }));
      for (const group of narrow) groups.delete(JSON.stringify(openNeeds(group[0]!, isOpen)));
    }
    for (const group of groups.values()) {
      const each = openNeeds(group[0]!, isOpen);
      for (const part of chunks(group, arraySize))
        add({ tasks: new Map(part.map((run, i) => [i, run])), ...(each.length > 0 && { after: { each } }) });
    }
  }
  return batches;
}

/**
 * Groups of at most this many runs are matched task by task, which needs as many arrays. Each other group is an array. Returns the number
 * with the fewest arrays.
 */
function bestWidth(groups: readonly StudyRun[][]): number {
  const sizes = [...new Set([0, ...groups.map(({ length }) => length)])].sort((a, b) => a - b);
  const costOf = (width: number) => width + groups.filter(({ length }) => length > width).length;
  return sizes.reduce((best, width) => (costOf(width) < costOf(best) ? width : best));
}

/** Where a run is: the number of its batch, and its index in it. */
interface Place {
  batch: number;
  index: number;
}

/** Returns the place of the only need of a run, if it is part of this submission. */
function partnerOf(needs: readonly string[], places: ReadonlyMap<string, Place>): Place | undefined {
  return needs.length === 1 ? places.get(needs[0]!) : undefined;
}

/** Returns the batch with one run of each group. Each has the index of the run that it needs. */
function matched(
  same: number,
  groups: readonly StudyRun[][],
  { rank, places }: { rank: number; places: ReadonlyMap<string, Place> },
): Batch {
  const tasks = groups.flatMap((group): [number, StudyRun][] => {
    const run = group[rank];
    const need = run?.needs.find((name) => places.get(name)?.batch === same);
    return run && need !== undefined ? [[places.get(need)!.index, run]] : [];
  });
  return { tasks: new Map(tasks.sort(([a], [b]) => a - b)), after: { same } };
}

function openNeeds({ needs }: StudyRun, isOpen: BatchOptions['isOpen']): string[] {
  return needs.filter(isOpen);
}

/** Returns the runs by the length of the longest chain of runs that they need. */
function layersOf(runs: readonly StudyRun[]): StudyRun[][] {
  const depths = new Map<string, number>();
  const layers: StudyRun[][] = [];
  for (const run of runs) {
    const depth = Math.max(0, ...run.needs.map((name) => (depths.get(name) ?? -1) + 1));
    depths.set(run.name, depth);
    (layers[depth] ??= []).push(run);
  }
  return layers;
}

function chunks<T>(values: readonly T[], size: number): T[][] {
  const count = Math.ceil(values.length / size);
  return Array.from({ length: count }, (_, i) => values.slice(i * size, (i + 1) * size));
}
