/** Makes minibatches from planned ones: reads, augments and normalizes their images. */
import { random } from '../random';
import type { Batch, Dataset } from './dataset';
import { pixelWriter, UNCHANGED, type View } from './pixels';
import type { PlannedBatch } from './plans';
import { openSamples } from './samples';

/** Returns a function that makes the planned batches of a dataset in this thread. */
export function batchesOf(dataset: Dataset): (planned: PlannedBatch) => Batch {
  const splits = { train: openSamples(dataset, dataset.train), test: openSamples(dataset, dataset.test) };
  const write = pixelWriter(dataset);
  const size = dataset.height * dataset.width * dataset.channels;
  return ({ split, members, augmentation }) => {
    const samples = splits[split];
    const nextView = viewsOf(augmentation);
    const images = new Float32Array(members.length * size);
    members.forEach((member, i) => {
      write(images, i * size, { pixels: samples.pixels(member), view: nextView() });
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
