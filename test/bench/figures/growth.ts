/** Measures how memory grows with the size of the network, and how long it takes to resume a large network. */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import type { BackendReport } from '../../../engine/protocol';
import { checkOptions } from '../../../engine/runs/options';
import { recordOf } from '../../../engine/runs/record';
import { peakOf, startOurs, startPeer, type Bench, type Figure } from '../bench';
import type { Companion, Question } from '../companion';
import { duel, once } from '../measure';
import { isImitated } from './step';

export function growthFigures(backends: readonly BackendReport[]): Figure[] {
  return [...backends.filter((backend) => !isImitated(backend)).map(memoryFigure), resumeFigure];
}

function memoryFigure({ name: backend }: BackendReport): Figure {
  const name = `memory/model-size/${backend}`;
  return {
    names: [name],
    measure: async ({ sizes }) => {
      const base = await peakAfter(backend, 8);
      const perParameter = async (width: number) => {
        const { peak, parameters } = await peakAfter(backend, width);
        return (1e6 * (peak - base.peak)) / parameters;
      };
      const width = 128 * sizes.width;
      const [small, large] = [await perParameter(width / 2), await perParameter(width)];
      const note = `ours: mlp of width ${width}, theirs: ${width / 2}; 1 is linear`;
      return [{ name, ...once(large, small, { unit: 'bytes/parameter', note }) }];
    },
  };
}

/** Peak memory of a process that trains two steps of an mlp. */
async function peakAfter(backend: BackendReport['name'], width: number) {
  const companion = startOurs();
  try {
    const prepared = await companion.ask({
      op: 'step.prepare',
      network: 'mlp',
      backend,
      method: 'lrr',
      batch: 4,
      width,
    });
    await companion.ask({ op: 'step', steps: 2 });
    return { peak: await peakOf(companion), parameters: prepared['parameters'] as number };
  } finally {
    companion.close();
  }
}

const resumeFigure: Figure = {
  names: ['resume/resnet50'],
  measure: async (bench) => {
    const directory = path.join(bench.folder, 'resume');
    await makeRun(bench, directory);
    const file = path.join(directory, 'state.pt');
    const asked = { network: 'resnet50', batch: 4, width: 4 * bench.sizes.width, file };
    const ours = { start: () => startOurs({ WINNING_SIGN_THREADS: '1' }), question: { op: 'resume', directory } };
    await fresh(ours.start, { op: 'resume.prepare', directory });
    const peer = bench.python === undefined ? undefined : () => startPeer(bench)!;
    if (peer) await fresh(peer, { op: 'resume.prepare', ...asked });
    const outcome = await duel(
      {
        ours: async () => (await fresh(ours.start, ours.question)).ms,
        theirs: peer && (async () => (await fresh(peer, { op: 'resume', ...asked })).wall),
        unit: 'ms',
        note: peer ? 'from the start of the process to the first step, data left out' : bench.absent,
      },
      bench.sizes.runs,
    );
    await rm(directory, { recursive: true });
    return [{ name: 'resume/resnet50', ...outcome }];
  },
};

/** Starts a process and asks it one question. `wall` is the time from its start to its answer. */
async function fresh(start: () => Companion, question: Question): Promise<{ ms: number; wall: number }> {
  const companion = start();
  try {
    const { ms } = await companion.ask(question);
    return { ms, wall: performance.now() - companion.began };
  } finally {
    companion.close();
  }
}

/** Makes a run directory of a ResNet-50 for images of CIFAR size, with a few artificial images. */
async function makeRun({ sizes }: Bench, directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  const [count, side] = [16, 32];
  const images = new Uint8Array(count * side * side * 3).map((_, i) => i % 251);
  const labels = BigInt64Array.from({ length: count }, (_, i) => BigInt(i % 10));
  const tensors = new Map([
    ['x_train', { dtype: 'U8' as const, shape: [count, 3, side, side], data: images }],
    ['y_train', { dtype: 'I64' as const, shape: [count], data: labels }],
    ['x_test', { dtype: 'U8' as const, shape: [count, 3, side, side], data: images }],
    ['y_test', { dtype: 'I64' as const, shape: [count], data: labels }],
  ]);
  await writeSafetensors(path.join(directory, 'data.safetensors'), { tensors, metadata: {} });
  const widths = [4, 8, 16, 32].map((factor) => factor * sizes.width);
  const options = {
    ...{ method: 'aws', backend: 'wasm', seed: 1, rounds: 1 },
    model: { model: 'resnet', options: { stem: 'cifar-wide', block: 'bottleneck', blocks: [3, 4, 6, 3], widths } },
    dataset: { format: 'safetensors', path: path.join(directory, 'data.safetensors') },
  };
  const record = recordOf('resnet50', checkOptions(options, path.join(directory, 'resnet50.sign.json')));
  await writeFile(path.join(directory, 'run.json'), JSON.stringify(record));
}
