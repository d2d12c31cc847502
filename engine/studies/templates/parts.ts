/** Parts that several templates share. */
import type { RunOptions } from '../../vocabulary/runOptions';
import type { Axis, ResultSpec, StudyFile, StudyNode } from '../../vocabulary/study';
import type { Scale, Setting } from './scales';

/** The content of a study file without the fields that have their default. */
export type StudyContent = Partial<StudyFile> & Pick<StudyFile, 'options' | 'nodes'>;

export type Nodes = Record<string, Omit<StudyNode, 'over'> & { over?: readonly string[] }>;

export interface Template {
  question: string;
  /** The scales that it has. Default: all. */
  scales?: readonly Scale[];
  /** Returns the study without the options of the scale. */
  content: (
    setting: Setting,
    scale: Scale,
  ) => Omit<StudyContent, 'options' | 'nodes'> & { nodes: Nodes; options?: Partial<RunOptions> };
}

/** The dense network, searches by some methods, and what is trained from their rounds. */
export function ticketNodes({ seeds, searchSeeds }: Setting) {
  const axes = { searchSeed: searchSeeds, round: 'all', seed: seeds } as const satisfies Record<string, Axis>;
  const nodes = {
    dense: { run: 'training', over: ['seed'] },
    search: { run: 'search', over: ['method', 'searchSeed'], set: { seed: '$searchSeed' } },
    ticket: { run: 'transfer', over: ['method', 'searchSeed', 'round', 'variant', 'seed'], from: 'search#round' },
  } as const satisfies Nodes;
  return { axes, nodes };
}

/** The retrained ticket with the same values of the other axes. */
export const RETRAINED = { node: 'ticket', where: { variant: 'retrain' } } as const;

export const ACCURACY = {
  ...{ title: 'Test accuracy after full training, and its difference from dense', of: 'ticket', measure: 'accuracy' },
  ...{ rows: ['method', 'round'], columns: 'variant', baseline: 'dense' },
} as const satisfies ResultSpec;

export const KEPT = {
  ...{ title: 'Kept weights in percent', of: 'search', measure: 'kept', rows: ['round'], columns: 'method' },
} as const satisfies ResultSpec;

/** How many signs of a start network are those of its ticket. */
export const SIGN_TABLES = {
  signs: {
    ...{ title: 'Kept weights with the sign of the ticket', of: 'ticket', measure: 'same sign' },
    ...{ rows: ['method', 'round'], columns: 'variant' },
  },
  chance: {
    ...{ title: 'The same by chance', of: 'ticket', measure: 'same sign by chance' },
    ...{ rows: ['method', 'round'], columns: 'variant' },
  },
} as const satisfies Record<string, ResultSpec>;

/** Returns the tables of two barriers. */
export function barrierTables(
  rows: readonly string[],
  { of = 'basin', columns }: { of?: string | string[]; columns?: string } = {},
) {
  const spec = { of, rows, ...(columns !== undefined && { columns }) };
  return {
    barrier: { title: 'Barrier of the test error', measure: 'barrier', ...spec },
    chord: { title: 'Barrier of the training loss above the chord', measure: 'chord barrier', ...spec },
  } as const satisfies Record<string, ResultSpec>;
}
