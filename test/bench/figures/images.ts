/** Compares training on a folder of JPEG files with the same images in memory, and the start with a long list of files with its limit. */
import path from 'node:path';
import { startOurs, timed, type Figure } from '../bench';
import { duel, nothing } from '../measure';
import type { BackendReport } from '../../../engine/protocol';
import { isImitated } from './step';

export function imageFigures(backends: readonly BackendReport[]): Figure[] {
  return [...backends.map(trainingFigure), listingFigure];
}

/** The throughput of ResNet-18 on images of 64 × 64. The goal is a ratio of at least 0.9. */
function trainingFigure(backend: BackendReport): Figure {
  const name = `images/resnet18/${backend.name}`;
  return {
    names: [name],
    measure: async ({ sizes, folder }) => {
      if (isImitated(backend)) return [{ name, ...nothing('ms', `skipped: ${backend.device} imitates a GPU`) }];
      const ours = startOurs();
      try {
        const asked = { backend: backend.name, batch: sizes.batch, width: sizes.wide, images: sizes.images };
        await ours.ask({ op: 'images.prepare', folder: path.join(folder, `images-${backend.name}`), ...asked });
        const from = (kind: 'files' | 'memory') => timed(ours, { op: 'images.step', from: kind, steps: sizes.steps });
        const note = 'a step on 64 × 64; ours: from JPEG files, theirs: from memory; goal 0.9';
        return [
          { name, ...(await duel({ ours: from('files'), theirs: from('memory'), unit: 'ms', note }, sizes.runs)) },
        ];
      } finally {
        ours.close();
      }
    },
  };
}

/** ImageNet has 1.28 million files, and may take 10 s to start after its first listing. */
const [IMAGENET_FILES, LIMIT] = [1.28e6, 10_000];
const LIST = 'images/list-100k';

const listingFigure: Figure = {
  names: [LIST],
  measure: async ({ sizes, folder }) => {
    const ours = startOurs({ WINNING_SIGN_HOME: path.join(folder, 'home') });
    const listed = path.join(folder, 'listed');
    try {
      await ours.ask({ op: 'images.list.prepare', folder: listed, images: sizes.listed });
      const limit = (LIMIT * sizes.listed) / IMAGENET_FILES;
      const theirs = () => Promise.resolve(limit);
      const note = 'theirs: the limit for ImageNet (10 s for 1.28 million files), for this number of files';
      const again = timed(ours, { op: 'images.list', folder: listed });
      return [{ name: LIST, ...(await duel({ ours: again, theirs, unit: 'ms', note }, sizes.runs)) }];
    } finally {
      ours.close();
    }
  },
};
