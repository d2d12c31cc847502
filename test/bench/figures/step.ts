/** Compares the time and the memory of a training step with PyTorch. */
import { peakOf, startOurs, startPeer, stepsOf, timed, type Bench, type Figure } from '../bench';
import type { Answer, Companion } from '../companion';
import { duel, nothing, once, type Outcome, type Row } from '../measure';
import type { BackendReport } from '../../../engine/protocol';
import { backendText } from '../../../engine/vocabulary/backendWords';
import type { BackendChoice } from '../../../engine/vocabulary/runEvents';
import { COPIED, type StepAsked } from '../ours/training';
import path from 'node:path';

export const NETWORKS = ['resnet20', 'convnet', 'mixer'] as const;

export type Prepared = Answer & { device: string; threads: number; parameters: number };

export const FORMATS = ['NHWC', 'NCHW'] as const;

/** One figure for each network and method on each usable backend. */
export function stepFigures(backends: readonly BackendReport[]): Figure[] {
  return backends.flatMap((backend) => [
    ...NETWORKS.flatMap((network) => [
      stepFigure(backend, { network, method: 'lrr' }),
      stepFigure(backend, { network, method: 'aws' }),
      tunedFigure(backend, network),
    ]),
    ...COPIED.flatMap((network) => [stepFigure(backend, { network, method: 'lrr' }), tunedFigure(backend, network)]),
  ]);
}

/**
 * Whether the GPU is software and is left out. A software GPU is slower than a real GPU, so it is measured only to test the figure
 * (WINNING_SIGN_SOFTWARE_GPU=all).
 */
export function isImitated({ software }: BackendReport): boolean {
  return software === true && process.env['WINNING_SIGN_SOFTWARE_GPU'] !== 'all';
}

function stepFigure(backend: BackendReport, { network, method }: Pick<StepAsked, 'network' | 'method'>): Figure {
  const end = `${network}/${backend.name}`;
  const names = method === 'aws' ? [`step-aws/${end}`] : [`step/${end}`, `memory/step/${end}`];
  return {
    names,
    measure: async (bench) => {
      if (isImitated(backend)) return [{ name: names[0]!, ...imitated(backend) }];
      const outcomes = await measureStep(bench, askedOf(bench, { network, method, backend: backend.name }));
      return names.map((name, i) => ({ name, ...outcomes[i]! }));
    },
  };
}

/**
 * Settings of glibc that make PyTorch faster on Linux. By default it returns the memory of its tensors to the system in each step and
 * allocates it again. Users do not set this, but it makes the comparison harder.
 */
const TUNED = { GLIBC_TUNABLES: 'glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=10737418240' };

function tunedFigure(backend: BackendReport, network: StepAsked['network']): Figure {
  const name = `step-tuned-peer/${network}/${backend.name}`;
  return {
    names: [name],
    measure: async (bench) => {
      if (isImitated(backend)) return [{ name, ...imitated(backend) }];
      const asked = askedOf(bench, { network, method: 'lrr', backend: backend.name });
      const [speed] = await measureStep(bench, asked, TUNED);
      return [{ name, ...speed!, note: `${speed!.note}; its malloc told to keep memory` }];
    },
  };
}

export function imitated({ device }: BackendReport) {
  return nothing('ms', `skipped: ${device} imitates a GPU`);
}

function askedOf({ sizes, folder }: Bench, asked: Pick<StepAsked, 'network' | 'method' | 'backend'>): StepAsked {
  const isCopied = COPIED.some((network) => network === asked.network);
  const file = isCopied ? { file: path.join(folder, `${asked.network}.safetensors`) } : {};
  return { ...asked, ...file, batch: sizes.batch, width: sizes.width };
}

/** Measures the time of a step, and the peak memory. */
async function measureStep(bench: Bench, asked: StepAsked, env?: Record<string, string>): Promise<Outcome[]> {
  const ours = startOurs();
  let peer: Companion | undefined;
  try {
    const choice = (await ours.ask({ op: 'step.prepare', ...asked })) as Prepared & BackendChoice;
    const { threads, parameters } = choice;
    const format = await fasterFormat(bench, { ...asked, threads }, env);
    peer = startPeer(bench, env);
    const theirs = (await peer?.ask({ op: 'step.prepare', ...asked, threads, format })) as Prepared | undefined;
    if (theirs && theirs.parameters !== parameters)
      throw new Error(`${asked.network} has ${parameters} parameters, the peer's ${theirs.parameters}`);
    const note = theirs ? `${backendText(choice)}; PyTorch ${format}, ${count(threads, 'thread')}` : bench.absent;
    const steps = { op: 'step', steps: await stepsOf(bench, ours) };
    const speed = await duel(
      { ours: timed(ours, steps), theirs: timed(peer, steps), unit: 'ms', note },
      bench.sizes.runs,
    );
    const peak = { unit: 'MB', note: theirs ? 'peak RSS of the process' : bench.absent };
    return [speed, once(await peakOf(ours), peer && (await peakOf(peer)), peak)];
  } finally {
    ours.close();
    peer?.close();
  }
}

/** Starts PyTorch with the faster one of its two memory formats. Each format is tried in a separate process. */
async function fasterFormat(bench: Bench, asked: StepAsked & { threads: number }, env?: Record<string, string>) {
  const times: number[] = [];
  for (const format of FORMATS) {
    const peer = startPeer(bench, env);
    if (!peer) return format;
    try {
      await peer.ask({ op: 'step.prepare', ...asked, format });
      await peer.ask({ op: 'step', steps: 3 }); // to warm it
      const tries: number[] = [];
      while (tries.length < 3) tries.push((await peer.ask({ op: 'step', steps: 2 })).ms);
      times.push(Math.min(...tries));
    } finally {
      peer.close();
    }
  }
  return times[0]! <= times[1]! ? FORMATS[0] : FORMATS[1];
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** Makes a pair of our own processes with different questions or threads. The first is `ours`. */
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
    const steps = await stepsOf(bench, a);
    const time = (companion: Companion, { scale = 1 }: PairSide) => {
      const ask = timed(companion, { op: 'step', steps });
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
  /** Factor for the milliseconds, for example 1 / examples. */
  scale?: number;
}
