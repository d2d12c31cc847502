/** Guesses for residual networks. */
import type { ModelSpec, OwnModelSpec } from '../../vocabulary/runOptions';
import { normsOf, ofAnySize, range, type Guess, type Guesser } from './shapes';

/** Blocks of each stage of the networks that have a name, by kind of block. */
const SMALL = { resnet20: 3, resnet32: 5, resnet56: 9 } as const;
const LARGE = {
  resnet18: { block: 'basic', blocks: '2,2,2,2' },
  resnet34: { block: 'basic', blocks: '3,4,6,3' },
  resnet50: { block: 'bottleneck', blocks: '3,4,6,3' },
} as const;

interface Stages {
  isImageNet: boolean;
  block: 'basic' | 'bottleneck';
  blocks: number[];
  widths: number[];
}

export const guessResnet: Guesser = (shapes) => {
  if (!shapes.has('conv1.weight') || !shapes.has('layer1.0.conv1.weight') || !shapes.has('fc.weight')) return [];
  const stages = shapes.count((i) => `layer${i + 1}.0.conv1`);
  const found: Stages = {
    isImageNet: shapes.size('conv1.weight', 2) === 7,
    block: shapes.has('layer1.0.conv3.weight') ? 'bottleneck' : 'basic',
    blocks: range(1, stages).map((stage) => shapes.count((i) => `layer${stage}.${i}.conv1`)),
    widths: range(1, stages).map((stage) => shapes.outputs(`layer${stage}.0.conv1`)),
  };
  const notes = found.isImageNet
    ? []
    : ['The file does not say how its weights were initialized, so a new initialization may follow another rule.'];
  const { model, options } = specOf(found);
  return normsOf(shapes, 'bn1').map((norm) => ({
    spec: { model, options: { ...options, ...norm.options } } as Guess['spec'],
    ...ofAnySize(shapes.inputs('conv1')),
    classes: shapes.outputs('fc'),
    notes: [...notes, ...norm.notes],
  }));
};

/** Returns the network by its name if it has one, else `resnet` with its stages. */
function specOf({ isImageNet, block, blocks, widths }: Stages): Exclude<ModelSpec, string | OwnModelSpec> {
  const width = widths[0]!;
  const doubles = widths.every((size, stage) => size === width * 2 ** stage);
  const stages = blocks.join();
  const stem = isImageNet ? 'imagenet' : 'cifar-wide';
  for (const [model, { block: kind, blocks: counts }] of Object.entries(LARGE))
    if (doubles && kind === block && counts === stages)
      return { model: model as keyof typeof LARGE, options: { stem, width } };
  for (const [model, count] of Object.entries(SMALL))
    if (doubles && !isImageNet && block === 'basic' && stages === `${count},${count},${count}`)
      return { model: model as keyof typeof SMALL, options: { width } };
  return { model: 'resnet', options: { stem: isImageNet ? 'imagenet' : 'cifar', block, blocks, widths } };
}
