/**
 * Measures our own time for an update of the tree with 10,000 runs, of which one has changed or was added. Compares it with the promised
 * limit.
 */
import type { ListedRun } from '../../../engine/protocol';
import { RunTree } from '../../../extension/tree/grow';
import { looksOf } from '../../../extension/tree/looks';
import { changedNodes, RunNode } from '../../../extension/tree/node';
import type { Row } from '../../../extension/tree/rows';
import { search, transfer } from '../../extension/tree/listed';
import type { Figure } from '../bench';
import { once } from '../measure';

const [CHANGED, ADDED] = ['tree/10000', 'tree/10000-added'] as const;
const LIMIT_MS = 20;
const UPDATES = 200;
/** The first updates are slower, because their code is not compiled yet. */
const WARM_UP = 20;
const VARIANTS = ['retrain', 'signed-mask', 'mask-only', 'psi-kept', 'random-signed-mask'] as const;
const STUDY = '/project/.winning-sign/large.study';

export const treeFigure: Figure = {
  names: [CHANGED, ADDED],
  measure: () => {
    const runs = makeRuns();
    const note = `95 % of ${UPDATES} updates; theirs: the limit`;
    const rows = ([CHANGED, ADDED] as const).map((name) => {
      const times = updates(runs, name === CHANGED ? withProgress : withAnother).sort((a, b) => a - b);
      const p95 = times[Math.floor(0.95 * times.length)]!;
      return { name, ...once(p95, LIMIT_MS, { unit: 'ms', note }) };
    });
    return Promise.resolve(rows);
  },
};

type Change = (runs: readonly ListedRun[], update: number) => ListedRun[];

/** Changes the progress of one run. */
const withProgress: Change = (runs, update) => {
  const changed = [...runs];
  const place = (update * 7919) % runs.length;
  changed[place] = { ...runs[place]!, status: update % 2 ? 'running' : 'done' };
  return changed;
};

/** Adds a run to the study, as a study does that has just started it. */
const withAnother: Change = (runs, update) => [search(`${STUDY}/added-${update}`), ...runs];

/** Returns the durations of updates in ms. */
function updates(given: readonly ListedRun[], change: Change): number[] {
  let runs = [...given];
  const tree = new RunTree({ runs });
  const top = unfolded(tree, tree.top());
  const times: number[] = [];
  for (let update = 0; update < WARM_UP + UPDATES; update++) {
    runs = change(runs, update);
    const began = performance.now();
    tree.update({ runs });
    changedNodes(top, tree.top(), tree);
    if (update >= WARM_UP) times.push(performance.now() - began);
  }
  return times;
}

/** Returns the nodes of a user who has unfolded the study, the first search, and its last round. */
function unfolded(tree: RunTree, rows: readonly Row[], parent?: RunNode): RunNode[] {
  const nodes = rows.map((row) => new RunNode(row, looksOf(row), parent));
  for (const node of nodes) {
    const opens = node.row.kind === 'study' || node.row.label.endsWith(', seed 1') || node.row.label === 'round 3';
    if (opens || node === nodes[0]) node.children = unfolded(tree, tree.below(node.row), node);
  }
  return nodes;
}

/** Returns 100 searches with three rounds each, and 33 transfers from each round. Some runs belong to no study. */
function makeRuns(): ListedRun[] {
  const runs: ListedRun[] = [];
  for (let seed = 1; runs.length < 9_000; seed++) runs.push(...family(`${STUDY}/search-${seed}`, seed));
  while (runs.length < 10_000) runs.push(search(`/project/.winning-sign/own-${runs.length}`));
  return runs.slice(0, 10_000);
}

function family(directory: string, seed: number): ListedRun[] {
  const of = search(directory, { seed, seeds: { seed }, experiment: 'search' });
  const made = VARIANTS.flatMap((variant) =>
    [1, 2, 3].flatMap((round) =>
      [1, 2, 3, 4, 5, 6].map((one) =>
        transfer(`${directory}-r${round}-${variant}-${one}`, { of, round, variant, seed: one, accuracy: 80 + one }),
      ),
    ),
  );
  return [of, ...made];
}
