/** Operations that train steps, and operations that resume a run up to its first step. */
import { memory } from '@tensorflow/tfjs-core';
import { tensorsWithMasks } from '../../../engine/checkpoints/state';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { startBackend } from '../../../engine/backends/startBackend';
import { reportBackends } from '../../../engine/backends/report';
import { setImmediate } from 'node:timers/promises';
import { BatchMaker } from '../../../engine/datasets/ahead';
import { batchesOf } from '../../../engine/datasets/batches';
import { planEpoch } from '../../../engine/datasets/plans';
import type { Batch } from '../../../engine/datasets/dataset';
import { loadDataset } from '../../../engine/datasets/load';
import { buildArchitecture } from '../../../engine/models/registry';
import type { BackendReport, ModelSpec } from '../../../engine/protocol';
import { EventLog } from '../../../engine/runs/events';
import { hashOptions } from '../../../engine/runs/options';
import { paths } from '../../../engine/runs/paths';
import { readRecord, resolveRecord } from '../../../engine/runs/record';
import { restore } from '../../../engine/execution/restore';
import { countParameters } from '../../../engine/models/parameters';
import { UNGUARDED } from '../../../engine/files';
import { openSession, type Session } from '../../../engine/execution/session';
import { saveState, START } from '../../../engine/execution/savedState';
import { halvedState, REHEARSED, rehearse, type Rehearsal } from '../../../engine/calibration/rehearse';
import type { Question } from '../companion';
import type { Operation } from './main';

export interface StepAsked {
  network: 'resnet20' | 'resnet50' | 'convnet' | 'mixer' | 'mlp' | CopiedNetwork;
  backend: BackendReport['name'];
  method: 'lrr' | 'aws';
  batch: number;
  width: number;
  /** A file for the initialization, from which the peer builds a network of `COPIED`. */
  file?: string;
}

/** Networks that the peer builds from their initialization, with docs/pytorch.py. `width` does not change them, except with tiny sizes. */
export const COPIED = ['vit', 'mobilenetv2', 'efficientnet', 'shufflenet'] as const;
export type CopiedNetwork = (typeof COPIED)[number];

/** Returns a network with a base width. The peer builds the same network. */
export function networkOf(network: StepAsked['network'], width: number): ModelSpec {
  const widths = [width, 2 * width, 4 * width, 8 * width];
  if (network === 'resnet50')
    return { model: 'resnet', options: { stem: 'cifar-wide', block: 'bottleneck', blocks: [3, 4, 6, 3], widths } };
  const specs: Record<typeof network, ModelSpec> = {
    resnet20: { model: 'resnet20', options: { width } },
    convnet: { model: 'convnet', options: { widths: [Math.floor(width / 2), width, 2 * width, 4 * width] } },
    mixer: { model: 'mixer', options: { dim: 4 * width } },
    mlp: { model: 'mlp', options: { hidden: [width, width] } },
    vit: { model: 'vit', options: { naming: 'timm', patchSize: 4, dim: 12 * width, depth: 6, heads: 3 } },
    mobilenetv2: { model: 'mobilenetv2', options: { width: width / 16 } },
    efficientnet: { model: 'efficientnet', options: { width: width / 16 } },
    shufflenet: { model: 'shufflenet', options: { groups: 2 } },
  };
  return specs[network];
}

let training: Rehearsal | undefined;

const prepare: Operation = async (question) => {
  const asked = question as Question & StepAsked;
  const backend = await startBackend(asked.backend);
  const spec = networkOf(asked.network, asked.width);
  const architecture = buildArchitecture(spec, REHEARSED);
  if (asked.file !== undefined) {
    const metadata = { model: JSON.stringify(spec), data: JSON.stringify(REHEARSED), imported: 'true' };
    await writeSafetensors(asked.file, { tensors: tensorsWithMasks(halvedState(architecture)), metadata });
  }
  training = rehearse(architecture, backend, asked);
  return { ...backend.choice, parameters: countParameters(architecture).parameters.all };
};

/** Returns the bytes of GPU memory that the backend has allocated. The backend never frees GPU memory. */
const deviceMemory: Operation = () => {
  const { numBytesAllocatedInGPU } = memory() as { numBytesAllocatedInGPU?: number };
  return { peak: numBytesAllocatedInGPU };
};

const step: Operation = async ({ steps, method }) => ({
  ms: await training!.time(steps as number, method as StepAsked['method'] | undefined),
});

let data: { maker: BatchMaker; plain: { count: number; batch(i: number): Batch } } | undefined;

/** Makes artificial images with the shape of CIFAR, cropped and flipped. */
function prepareData(batchSize: number) {
  const [count, channels] = [16 * batchSize, 3];
  const images = new Uint8Array(count * REHEARSED.height * REHEARSED.width * channels).map((_, i) => (i * 7) % 251);
  const split = { count, images, labels: new Int32Array(count).map((_, i) => i % REHEARSED.classes) };
  const normalization = { mean: [120, 120, 120], std: [60, 60, 60] };
  const dataset = { name: 'made up', ...REHEARSED, normalization, train: split, test: split };
  const [plan, make] = [planEpoch(dataset, epochOf(batchSize)), batchesOf(dataset)];
  return { maker: new BatchMaker(dataset), plain: { count: plan.count, batch: (i: number) => make(plan.batch(i)) } };
}

function epochOf(batchSize: number) {
  return { batchSize, seed: 1, round: 0, epoch: 0, augmentation: { crop: 4, flip: true } };
}

/** Trains steps on batches that a thread makes in advance, or that this thread makes between steps. */
const stepOnData: Operation = async ({ steps, ahead, batch }) => {
  const { maker, plain } = (data ??= prepareData(batch as number));
  const { trainer } = training!;
  const batches = ahead ? maker.epoch(epochOf(batch as number)) : plain;
  const began = performance.now();
  for (let step = 0; step < (steps as number); step++) {
    trainer.step(await batches.batch(step % plain.count), { learningRate: 0.01, alpha: 0 });
    await setImmediate();
  }
  await trainer.takeMeasured();
  return { ms: (performance.now() - began) / (steps as number) };
};

/** Starts the run of this directory and saves its state. */
const prepareResume: Operation = async ({ directory }) => {
  const session = await sessionOf(directory as string);
  await restore(session, session.initial);
  const snapped = { state: await session.trainer.save(), signs: session.signs.save(), position: START };
  const { directory: saved, optionsHash: options, lock } = session;
  await saveState({ directory: saved, options, lock }, snapped);
  return { parameters: countParameters(session.architecture).parameters.all };
};

/**
 * Returns two times in milliseconds: `ms` from the start of this process until the next step can run, and `data`, the part of `ms` in which
 * the data are read.
 */
const resume: Operation = async ({ directory }) => {
  const record = await readRecord(directory as string);
  const began = performance.now();
  await loadDataset(record.dataset, directory as string);
  const data = performance.now() - began;
  const session = await sessionOf(directory as string);
  await restore(session, session.initial);
  return { ms: performance.now() - 2 * data, data };
};

async function sessionOf(directory: string): Promise<Session> {
  const record = await readRecord(directory);
  const opened = await openSession(directory, {
    record: (await resolveRecord(directory, record)).record,
    optionsHash: hashOptions(record),
    lock: UNGUARDED,
  });
  return {
    ...opened,
    log: new EventLog(paths.events(directory), 0, { guard: UNGUARDED }),
    begin: () => undefined,
    warn: () => undefined,
    warned: new Set(),
    reestimates: true,
    stopRequested: () => false,
  };
}

export const trainingOperations: Record<string, Operation> = {
  backends: async () => ({ backends: await reportBackends() }),
  'memory.device': deviceMemory,
  'step.prepare': prepare,
  step,
  'step.data': stepOnData,
  'resume.prepare': prepareResume,
  resume,
};
