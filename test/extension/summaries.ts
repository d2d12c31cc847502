import type { RunSummary } from '../../engine/protocol';

/** A run that has not begun. */
export const summary: RunSummary = {
  directory: '/runs/a',
  name: 'a',
  kind: 'search',
  method: 'aws',
  model: 'mlp',
  dataset: 'sample',
  seed: 1,
  options: {},
  status: 'waiting',
  rounds: [],
};
