/** The numbers of the demo as JSON. */
import type { RunState } from '../studies/states';
import type { DemoNode } from '../studies/templates/demo';
import type { Barrier } from '../vocabulary/runEvents';

const METHODS = ['aws', 'lrr'] as const;
const VARIANTS = ['retrain', 'signed-mask', 'mask-only'] as const;
type Method = (typeof METHODS)[number];
type Variant = (typeof VARIANTS)[number];

interface TicketRow {
  method: Method;
  round: number;
  /** Sparsity of the prunable weights. */
  sparsity: number;
  /** Test accuracy during the search in percent: the re-estimated accuracy, and the accuracy as the official code measures it. */
  inSearch: { reestimated?: number; official: number };
  /** Test accuracy after full training, percent. */
  accuracy: Record<Variant, number>;
}

interface BarrierRow {
  method: Method;
  normalization: 'reset' | 'kept';
  sparsity: number;
  barrier: Barrier;
}

export interface DemoFindings {
  /** Test accuracy of the dense network after full training, percent. */
  dense: number;
  tickets: TicketRow[];
  barriers: BarrierRow[];
}

/** Returns the numbers of the runs of the demo, which must all be done. */
export function demoFindings(states: readonly RunState[]): DemoFindings {
  const all = new Runs(states);
  const searches = METHODS.map((method) => ({ method, rounds: all.find('search', { method }).overview!.rounds }));
  return {
    dense: all.accuracy('dense', {}),
    tickets: searches.flatMap(({ method, rounds }) =>
      rounds
        .filter(({ round }) => round > 0)
        .map(({ round, sparsity, test, reestimated }): TicketRow => {
          const accuracies = VARIANTS.map((variant) => [variant, all.accuracy('ticket', { method, round, variant })]);
          const accuracy = Object.fromEntries(accuracies) as TicketRow['accuracy'];
          const inSearch = { ...(reestimated && { reestimated: reestimated.accuracy }), official: test.accuracy };
          return { method, round, sparsity: sparsity.prunable, inSearch, accuracy };
        }),
    ),
    barriers: searches.flatMap(({ method, rounds }) =>
      (['kept', 'reset'] as const).map((normalization): BarrierRow => {
        const { result } = all.find(normalization, { method }).overview!;
        if (result?.kind !== 'connectivity') throw new Error(`the run ${normalization} of ${method} has no barrier`);
        return { method, normalization, sparsity: rounds.at(-1)!.sparsity.prunable, barrier: result.barrier };
      }),
    ),
  };
}

class Runs {
  constructor(private readonly states: readonly RunState[]) {}

  find(node: DemoNode, axes: Readonly<Record<string, string | number>>): RunState {
    const isIt = ({ run }: RunState) =>
      run.node === node && Object.entries(axes).every(([axis, value]) => run.axes[axis] === value);
    return this.states.find(isIt)!;
  }

  accuracy(node: DemoNode, axes: Readonly<Record<string, string | number>>): number {
    const { directory, overview } = this.find(node, axes);
    if (overview?.result?.kind !== 'train') throw new Error(`${directory} has no final accuracy in its log`);
    return overview.result.test.accuracy;
  }
}
