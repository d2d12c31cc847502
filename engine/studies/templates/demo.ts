/** The first study: what `winning-sign demo` executes. It has one seed, so that it takes few minutes. */
import type { StudyFile } from '../../vocabulary/study';
import { ACCURACY, barrierTables, type Nodes, type StudyContent } from './parts';
import { SETTINGS } from './scales';

/** Seed for the initialization and the data order of the dense network and of the final trainings, so that they can be compared. */
const NEW_SEED = 2;

const options = SETTINGS.demo.options;
const LAST = options.rounds!;
const RETRAINED = { node: 'ticket', where: { variant: 'retrain', round: LAST } };

const nodes = {
  dense: { run: 'training', set: { seed: NEW_SEED } },
  search: { run: 'search', over: ['method'], set: { seed: 1 } },
  ticket: { run: 'transfer', over: ['method', 'round', 'variant'], from: 'search#round', set: { seed: NEW_SEED } },
  'psi-kept': { run: 'transfer', over: ['method'], from: 'search', set: { variant: 'psi-kept', seed: NEW_SEED } },
  kept: { run: 'connectivity', over: ['method'], a: RETRAINED, b: 'psi-kept' },
  reset: {
    ...{ run: 'connectivity', over: ['method'], a: RETRAINED },
    b: { node: 'ticket', where: { variant: 'signed-mask', round: LAST } },
  },
} as const satisfies Nodes;

export type DemoNode = keyof typeof nodes;

/** The study. The nodes `kept` and `reset` measure the line to the networks that keep or reset ψ. */
export const DEMO: StudyContent = {
  question: 'Does a signed mask train a new initialization, and does it need the trained normalization parameters ψ?',
  options,
  axes: { method: ['aws', 'lrr'], round: 'all', variant: ['retrain', 'signed-mask', 'mask-only'] },
  nodes: nodes as Nodes as StudyFile['nodes'],
  results: { accuracy: ACCURACY, barrier: barrierTables(['method'], { of: ['kept', 'reset'] }).barrier },
};
