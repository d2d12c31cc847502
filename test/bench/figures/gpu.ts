/** Compares training steps through WebGPU with training steps of PyTorch (CUDA) on the same card. */
import { startOurs, startPeer, stepsOf, timed, type Bench, type Figure } from '../bench';
import type { Answer, Companion } from '../companion';
import { duel, once, type Outcome, type Row } from '../measure';
import type { BackendReport } from '../../../engine/protocol';
import type { StepAsked } from '../ours/training';
import { FORMATS, imitated, isImitated, type Prepared } from './step';

const NETWORKS = ['resnet20', 'convnet', 'mixer', 'resnet50'] as const;
type Network = (typeof NETWORKS)[number];

/** Precision of matrix products in PyTorch. Our products always use float32. */
type Precision = 'float32' | 'tf32';

/** One figure for each network, if WebGPU is usable. */
export function gpuFigures(backends: readonly BackendReport[]): Figure[] {
  const gpu = backends.find(({ name }) => name === 'webgpu');
  return gpu ? NETWORKS.map((network) => gpuFigure(gpu, network)) : [];
}

function gpuFigure(gpu: BackendReport, network: Network): Figure {
  const names = [
    `gpu/${network}/float32`,
    `gpu/${network}/tf32`,
    `memory/gpu/${network}`,
    `gpu-aws/${network}/float32`,
  ];
  return {
    names,
    measure: async (bench) => {
      if (isImitated(gpu)) return names.map((name) => ({ name, ...imitated(gpu) }));
      const outcomes = await measureNetwork(bench, network);
      return outcomes.map((outcome, i): Row => ({ name: names[i]!, ...outcome }));
    },
  };
}

/** The two sides of a comparison; `absent` says why there is no peer. */
interface Sides {
  bench: Bench;
  ours: Companion;
  peer: Companion | undefined;
  absent: string;
}

async function measureNetwork(bench: Bench, network: Network): Promise<Outcome[]> {
  const ours = startOurs();
  const peer = startPeer(bench); // it loads CUDA's libraries while ours compiles its programs
  const { batch, width, wide } = bench.sizes;
  const asked = {
    network,
    backend: 'webgpu',
    method: 'lrr',
    batch,
    width: network === 'resnet50' ? wide : width,
  } as const;
  try {
    const { parameters } = (await ours.ask({ op: 'step.prepare', ...asked })) as Prepared;
    const absent = await absenceOf(bench, peer);
    const sides: Sides = { bench, ours, peer: absent === '' ? peer : undefined, absent };
    const float32 = await measurePrecision(sides, { ...asked, parameters }, 'float32');
    const tf32 = await measurePrecision(sides, { ...asked, parameters }, 'tf32');
    const memory = await measureMemory(sides);
    const aws = { ...asked, method: 'aws' } as const;
    await ours.ask({ op: 'step.prepare', ...aws });
    return [float32, tf32, memory, await measurePrecision(sides, { ...aws, parameters }, 'float32')];
  } finally {
    ours.close();
    peer?.close();
  }
}

/** Returns why the peer cannot be compared; empty if it computes on the right device. */
async function absenceOf({ absent, peerDevice }: Bench, peer: Companion | undefined): Promise<string> {
  if (!peer) return absent;
  const { card, version } = (await peer.ask({ op: 'devices' })) as Answer & { card: string | null; version: string };
  return peerDevice === 'cuda' && card === null ? `PyTorch ${version} finds no card with CUDA` : '';
}

/** Compares the time of a step with the faster one of PyTorch's memory formats. */
async function measurePrecision(
  { bench, ours, peer, absent }: Sides,
  { parameters, ...asked }: StepAsked & { parameters: number },
  precision: Precision,
): Promise<Outcome> {
  let note = absent;
  if (peer) {
    const prepare = { op: 'step.prepare', ...asked, device: bench.peerDevice, precision, threads: 1 };
    const format = await fasterFormat(peer, prepare);
    const theirs = (await peer.ask({ ...prepare, format })) as Prepared;
    if (theirs.parameters !== parameters)
      throw new Error(`${asked.network} has ${parameters} parameters, the peer's ${theirs.parameters}`);
    const { off } = (await peer.ask({ op: 'rounding', device: bench.peerDevice })) as Answer & { off: number };
    note = `PyTorch on ${bench.peerDevice}, ${format}, products off by ${off.toExponential(0)}`;
  }
  const steps = { op: 'step', steps: await stepsOf(bench, ours) };
  return duel({ ours: timed(ours, steps), theirs: timed(peer, steps), unit: 'ms', note }, bench.sizes.runs);
}

async function fasterFormat(peer: Companion, prepare: { op: string }): Promise<(typeof FORMATS)[number]> {
  const times: number[] = [];
  for (const format of FORMATS) {
    await peer.ask({ ...prepare, format });
    await peer.ask({ op: 'step', steps: 3 }); // to warm it
    const tries: number[] = [];
    while (tries.length < 3) tries.push((await peer.ask({ op: 'step', steps: 5 })).ms);
    times.push(Math.min(...tries));
  }
  return times[0]! <= times[1]! ? FORMATS[0] : FORMATS[1];
}

/** Compares the GPU memory in MB that the allocators of both sides have reserved. */
async function measureMemory({ ours, peer, absent }: Sides): Promise<Outcome> {
  const peakOf = async (companion: Companion) => {
    const { peak } = (await companion.ask({ op: 'memory.device' })) as Answer & { peak: number | null };
    return peak === null ? undefined : peak / 1e6;
  };
  const theirs = peer && (await peakOf(peer));
  const note = absent || (theirs === undefined ? 'PyTorch was not measured on a card' : 'taken of the GPU, at most');
  return once((await peakOf(ours))!, theirs, { unit: 'MB', note });
}
