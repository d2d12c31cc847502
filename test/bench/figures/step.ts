/** A training step against PyTorch's, and what it takes of memory. */
import { peakOf, startOurs, startPeer, timed, type Bench, type Figure } from '../bench';
import type { Answer, Companion } from '../companion';
import { duel, nothing, once, type Row } from '../measure';
import type { BackendReport } from '../../../engine/protocol';
import type { StepAsked } from '../ours/training';

export const NETWORKS = ['resnet20', 'convnet', 'mixer'] as const;

type Prepared = Answer & { device: string; threads: number; parameters: number; format: string };

/** One figure for each network and method on each usable backend. */
export function stepFigures(backends: readonly BackendReport[]): Figure[] {
  return backends.flatMap((backend) =>
    NETWORKS.flatMap((network) => [
      stepFigure(backend, { network, method: 'lrr' }),
      stepFigure(backend, { network, method: 'aws' }),
    ]),
  );
}

/** A device that only imitates a GPU says nothing about one. */
export function isImitated({ software }: BackendReport): boolean {
  return software === true;
}

function stepFigure(backend: BackendReport, { network, method }: Pick<StepAsked, 'network' | 'method'>): Figure {
  const end = `${network}/${backend.name}`;
  const name = method === 'aws' ? `step-aws/${end}` : `step/${end}`;
  const memory = method === 'aws' ? [] : [`memory/step/${end}`];
  return {
    names: [name, ...memory],
    measure: async (bench) => {
      if (isImitated(backend)) return [{ name, ...nothing('ms', `skipped: ${backend.device} imitates a GPU`) }];
      const asked = { network, method, backend: backend.name, batch: bench.sizes.batch, width: bench.sizes.width };
      const ours = startOurs();
      const peer = startPeer(bench);
      try {
        const rows = await measureStep(bench, asked, { ours, peer });
        return rows.slice(0, 1 + memory.length).map((row, i) => ({ name: [name, ...memory][i]!, ...row }));
      } finally {
        ours.close();
        peer?.close();
      }
    },
  };
}

async function measureStep(
  bench: Bench,
  asked: StepAsked,
  { ours, peer }: { ours: Companion; peer: Companion | undefined },
) {
  const { device, threads, parameters } = (await ours.ask({ op: 'step.prepare', ...asked })) as Prepared;
  const theirs = (await peer?.ask({ op: 'step.prepare', ...asked, threads })) as Prepared | undefined;
  if (theirs && theirs.parameters !== parameters)
    throw new Error(`${asked.network} has ${parameters} parameters, the peer's ${theirs.parameters}`);
  const note = theirs ? `${device}; PyTorch ${theirs.format}, ${count(threads, 'thread')}` : bench.absent;
  const steps = { op: 'step', steps: bench.sizes.steps };
  const speed = await duel(
    { ours: timed(ours, steps), theirs: timed(peer, steps), unit: 'ms', note },
    bench.sizes.runs,
  );
  const peak = once(await peakOf(ours), peer && (await peakOf(peer)), {
    unit: 'MB',
    note: theirs ? 'peak RSS of the process; PyTorch had both formats' : bench.absent,
  });
  return [speed, peak];
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** A pair of our own processes with different questions or threads; the first is `ours`. */
export async function pair(
  bench: Bench,
  [ours, theirs]: [PairSide, PairSide],
  { name, unit, note }: { name: string; unit: string; note: string },
): Promise<Row> {
  const a = startOurs(ours.env);
  const b = startOurs(theirs.env);
  try {
    await a.ask({ op: 'step.prepare', ...ours.asked });
    await b.ask({ op: 'step.prepare', ...theirs.asked });
    const time = (companion: Companion, { scale = 1 }: PairSide) => {
      const ask = timed(companion, { op: 'step', steps: bench.sizes.steps });
      return async () => scale * (await ask());
    };
    return { name, ...(await duel({ ours: time(a, ours), theirs: time(b, theirs), unit, note }, bench.sizes.runs)) };
  } finally {
    a.close();
    b.close();
  }
}

export interface PairSide {
  asked: StepAsked;
  env?: Record<string, string>;
  /** What milliseconds are multiplied by: 1 / examples, say. */
  scale?: number;
}
