/** Compares our own methods and thread counts, and measures how time grows with the work. */
import { startOurs, stepsOf, timed, type Bench, type Figure } from '../bench';
import type { Question } from '../companion';
import { duel, nothing, type Outcome } from '../measure';
import type { BackendReport } from '../../../engine/protocol';
import type { StepAsked } from '../ours/training';
import { isImitated, NETWORKS, pair } from './step';

/** Figures for the cost of interpolation in AWS, the gain from threads, and whether time is proportional to work. */
export function withinFigures(backends: readonly BackendReport[]): Figure[] {
  return backends.flatMap((backend) => [
    ...NETWORKS.map((network) => methodFigure(backend, network)),
    ...(backend.name === 'wasm' ? NETWORKS.map(threadsFigure) : []),
    dataFigure(backend),
    batchFigure(backend),
    widthFigure(backend),
  ]);
}

function stepOf({ sizes }: Bench, rest: Pick<StepAsked, 'network' | 'backend'>): StepAsked {
  return { method: 'lrr', batch: sizes.batch, width: sizes.width, ...rest };
}

function methodFigure(backend: BackendReport, network: StepAsked['network']): Figure {
  const name = `aws-over-lrr/${network}/${backend.name}`;
  return single(name, backend, async (bench) => {
    const asked = stepOf(bench, { network, backend: backend.name });
    const sides = { ours: { op: 'step', method: 'aws' }, theirs: { op: 'step', method: 'lrr' } };
    return { name, ...(await compareWithin(bench, asked, { ...sides, note: 'ours: a step of aws, theirs: of lrr' })) };
  });
}

function threadsFigure(network: StepAsked['network']): Figure {
  const name = `threads/${network}/wasm`;
  return {
    names: [name],
    measure: async (bench) => {
      const asked = stepOf(bench, { network, backend: 'wasm' });
      const side = (threads: number) => ({ asked, env: { WINNING_SIGN_THREADS: String(threads) } });
      const note = 'ours: 2 threads, theirs: 1';
      return [await pair(bench, [side(2), side(1)], { name, unit: 'ms', note })];
    },
  };
}

function dataFigure(backend: BackendReport): Figure {
  const name = `data/convnet/${backend.name}`;
  return single(name, backend, async (bench) => {
    const asked = stepOf(bench, { network: 'convnet', backend: backend.name });
    const on = (ahead: boolean) => ({ op: 'step.data', ahead, batch: asked.batch });
    const note = 'cropped and flipped batches; ours: made ahead by a thread, theirs: in between';
    return { name, ...(await compareWithin(bench, asked, { ours: on(true), theirs: on(false), note })) };
  });
}

/**
 * Prepares a training in one of our processes, and asks it two questions about steps in turns. Two processes with the same training would
 * differ by some percent.
 */
async function compareWithin(
  bench: Bench,
  asked: StepAsked,
  { ours, theirs, note }: { ours: Question; theirs: Question; note: string },
): Promise<Outcome> {
  const companion = startOurs();
  try {
    await companion.ask({ op: 'step.prepare', ...asked });
    const steps = await stepsOf(bench, companion);
    const timeOf = (question: Question) => timed(companion, { ...question, steps });
    return await duel({ ours: timeOf(ours), theirs: timeOf(theirs), unit: 'ms', note }, bench.sizes.runs);
  } finally {
    companion.close();
  }
}

function batchFigure(backend: BackendReport): Figure {
  const name = `scaling/batch/${backend.name}`;
  return single(name, backend, (bench) => {
    const half = stepOf(bench, { network: 'resnet20', backend: backend.name });
    const side = (batch: number) => ({ asked: { ...half, batch }, scale: 1 / batch });
    const note = `ours: batch ${2 * half.batch}, theirs: ${half.batch}; 1 is linear`;
    return pair(bench, [side(2 * half.batch), side(half.batch)], { name, unit: 'ms/example', note });
  });
}

function widthFigure(backend: BackendReport): Figure {
  const name = `scaling/width/${backend.name}`;
  return single(name, backend, (bench) => {
    const narrow = stepOf(bench, { network: 'resnet20', backend: backend.name });
    // Twice the width means four times the multiplications, except in the first and the last layer.
    const side = (factor: number) => ({ asked: { ...narrow, width: factor * narrow.width }, scale: 1 / factor ** 2 });
    const note = `ours: width ${2 * narrow.width}, theirs: ${narrow.width}; 1 is linear in multiplications`;
    return pair(bench, [side(2), side(1)], { name, unit: 'ms/width²', note });
  });
}

function single(name: string, backend: BackendReport, measure: (bench: Bench) => ReturnType<typeof pair>): Figure {
  return {
    names: [name],
    measure: async (bench) =>
      isImitated(backend)
        ? [{ name, ...nothing('ms', `skipped: ${backend.device} imitates a GPU`) }]
        : [await measure(bench)],
  };
}
