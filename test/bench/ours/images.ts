/** Operations that train on a folder of JPEG files and on the same images in memory. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encode } from 'jpeg-js';
import { startBackend } from '../../../engine/backends/startBackend';
import { BatchMaker } from '../../../engine/datasets/ahead';
import type { Dataset, Split } from '../../../engine/datasets/dataset';
import { fingerprint } from '../../../engine/datasets/fingerprint';
import { sharedLike } from '../../../engine/datasets/layout';
import { loadDataset } from '../../../engine/datasets/load';
import { openSamples } from '../../../engine/datasets/samples';
import { initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import type { BackendReport } from '../../../engine/protocol';
import { createTrainer } from '../../../engine/training/create';
import type { Trainer } from '../../../engine/training/trainer';
import type { Question } from '../companion';
import type { Operation } from './main';

export interface ImagesAsked {
  backend: BackendReport['name'];
  folder: string;
  /** Number of training images. */
  images: number;
  batch: number;
  /** Channels of the first stage of ResNet-18. */
  width: number;
}

const [CLASSES, SIDE, STORED] = [10, 64, 80];
/** Number of different images. The others are copies, because decoding takes as long for them. */
const DIFFERENT = 200;

let prepared: { trainer: Trainer; makers: Record<'files' | 'memory', BatchMaker>; batch: number } | undefined;

const prepare: Operation = async (question) => {
  const asked = question as Question & ImagesAsked;
  const backend = await startBackend(asked.backend);
  process.env['WINNING_SIGN_HOME'] = path.join(asked.folder, '.home'); // the list of the files is kept there
  await makeImages(asked);
  const files = await loadDataset({ format: 'folder', path: asked.folder, size: SIDE }, '');
  const memory = { ...files, train: decoded(files, files.train), test: decoded(files, files.test) };
  const widths = [1, 2, 4, 8].map((factor) => factor * asked.width);
  const options = { stem: 'imagenet', block: 'basic', blocks: [2, 2, 2, 2], widths } as const;
  const architecture = buildArchitecture(
    { model: 'resnet', options: { ...options, blocks: [...options.blocks] } },
    files,
  );
  const { tensors, masks } = initialize(architecture, 1);
  const optimizer = { kind: 'sgd', momentum: 0.9, weightDecay: 5e-4 } as const;
  const trainer = createTrainer({ architecture, backend, optimizer, initial: tensors });
  trainer.load({ tensors, masks });
  prepared = {
    trainer,
    makers: { files: new BatchMaker(files), memory: new BatchMaker(memory) },
    batch: asked.batch,
  };
  return {};
};

/** Trains `steps` steps from their first batch on, as an epoch begins. */
const step: Operation = async ({ from, steps }) => {
  const { trainer, makers, batch } = prepared!;
  const augmentation = { crop: 4, flip: true };
  const batches = makers[from as 'files' | 'memory'].epoch({
    batchSize: batch,
    seed: 1,
    round: 0,
    epoch: 0,
    augmentation,
  });
  const began = performance.now();
  for (let i = 0; i < (steps as number); i++) {
    trainer.step(await batches.batch(i % batches.count), { learningRate: 0.01, alpha: 0 });
    await trainer.ready();
  }
  await trainer.takeMeasured();
  return { ms: (performance.now() - began) / (steps as number) };
};

async function makeImages({ folder, images }: ImagesAsked): Promise<void> {
  const jpegs = Array.from({ length: Math.min(DIFFERENT, images) }, (_, i) => {
    const data = new Uint8Array(4 * STORED * STORED).map((__, at) => {
      const [x, y, channel] = [(at >> 2) % STORED, Math.floor((at >> 2) / STORED), at % 4];
      return 128 + 60 * Math.sin((x + 3 * i) / (7 + channel)) + 60 * Math.cos((y * (i + 1)) / 50) + ((at * 7919) % 13);
    });
    return encode({ data, width: STORED, height: STORED }, 90).data;
  });
  for (let i = 0; i < images; i++) {
    for (const split of i < 2 * CLASSES ? ['train', 'val'] : ['train']) {
      const inner = path.join(folder, split, `class-${i % CLASSES}`);
      await mkdir(inner, { recursive: true });
      await writeFile(path.join(inner, `${i}.jpg`), jpegs[i % jpegs.length]!);
    }
  }
}

function decoded(dataset: Dataset, split: Split): Split {
  const samples = openSamples(dataset, split);
  const size = SIDE * SIDE * 3;
  const images = sharedLike(new Uint8Array(0), split.count * size);
  for (let i = 0; i < split.count; i++) images.set(samples.pixels(i), i * size);
  return { count: split.count, labels: split.labels, images };
}

/** Makes folders with empty files, and lists them for the first time. */
const prepareListing: Operation = async ({ folder, images }) => {
  const each = Math.ceil((images as number) / 100);
  for (let number = 0; number < 101; number++) {
    const inner = path.join(folder as string, number === 100 ? 'val/class-0' : `train/class-${number}`);
    await mkdir(inner, { recursive: true });
    const count = number === 100 ? 1 : each;
    await Promise.all(Array.from({ length: count }, (_, i) => writeFile(path.join(inner, `n${number}_${i}.JPEG`), '')));
  }
  await new Promise((resolve) => setTimeout(resolve, 2_500)); // the list of a folder that has just changed is not used again
  const began = performance.now();
  await list(folder as string);
  return { first: performance.now() - began };
};

const listAgain: Operation = async ({ folder }) => {
  const began = performance.now();
  await list(folder as string);
  return { ms: performance.now() - began };
};

function list(folder: string): Promise<string> {
  return loadDataset({ format: 'folder', path: folder, size: 224 }, '').then(fingerprint);
}

export const imageOperations: Record<string, Operation> = {
  'images.prepare': prepare,
  'images.step': step,
  'images.list.prepare': prepareListing,
  'images.list': listAgain,
};
