/** Makes minibatches from planned ones: reads, augments and normalizes their images. */
import { random, type Random } from '../random';
import type { Batch, Dataset } from './dataset';
import { pixelWriter, UNCHANGED, type View } from './pixels';
import type { PlannedBatch } from './plans';
import { randomCut } from './images/crop';
import { openSamples, type CutChooser } from './samples';

/** Returns a function that makes the planned batches of a dataset in this thread. */
export function batchesOf(dataset: Dataset): (planned: PlannedBatch) => Batch {
  const splits = { train: openSamples(dataset, dataset.train), test: openSamples(dataset, dataset.test) };
  const write = pixelWriter(dataset);
  const size = dataset.height * dataset.width * dataset.channels;
  return ({ split, members, augmentation }) => {
    const samples = splits[split];
    const nextView = viewsOf(augmentation);
    const nextCut = cutsOf(dataset, augmentation);
    const images = new Float32Array(members.length * size);
    members.forEach((member, i) => {
      write(images, i * size, { pixels: samples.pixels(member, nextCut(i)), view: nextView() });
    });
    return { images, labels: Int32Array.from(members, (member) => samples.label(member)), size: members.length };
  };
}

/**
 * Returns a function that draws a crop and a flip for each image in turn, like torchvision's RandomCrop of the padded image (offsets
 * uniform in −crop … crop) and RandomHorizontalFlip.
 */
function viewsOf(augmentation: PlannedBatch['augmentation']): () => View {
  if (!augmentation) return () => UNCHANGED;
  const { crop, flip, seed, position } = augmentation;
  const source = random(seed, 'augmentation', ...position);
  const offset = () => (crop > 0 ? source.below(2 * crop + 1) - crop : 0);
  return () => ({ top: offset(), left: offset(), flip: flip && source.uniform() < 0.5 });
}

/** Returns a function that chooses a random part for each image, if the augmentation has a `scale`. */
function cutsOf(
  { height, width }: Dataset,
  augmentation: PlannedBatch['augmentation'],
): (i: number) => CutChooser | undefined {
  if (!augmentation?.scale) return () => undefined;
  const { scale, seed, position } = augmentation;
  // Each image has its own random numbers, because the number of draws depends on the size of the image.
  const sourceOf = (i: number): Random => random(seed, 'part', ...position, i);
  return (i) => (image) => randomCut(image, { size: { height, width }, scale, source: sourceOf(i) });
}
