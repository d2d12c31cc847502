import type { ListedRun } from '../../engine/protocol';

/** The summary of a run that has not started yet. */
export const summary: ListedRun = {
  directory: '/runs/a',
  name: 'a',
  kind: 'search',
  method: 'aws',
  model: 'mlp',
  dataset: 'sample',
  seed: 1,
  options: {},
  status: 'waiting',
  stopping: false,
  rounds: [],
  sources: [],
  experiment: 'a',
  seeds: { seed: 1 },
  differs: [],
};
