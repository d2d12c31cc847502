/** The verb `model`, which shows a user's own network before a run. */
import { describeNetwork } from '../runs/describeNetwork';
import { networkLines } from '../vocabulary/network';
import type { Verb } from './verb';
import { shapeOf } from './work';

export const modelVerb: Verb = {
  usage: 'model FILE [--images HxWxC]',
  summary: 'show a network of your own: its layers, what can be pruned, and its classifier',
  positionals: [1, 1],
  options: { images: 'height, width and channels of the images, if the file accepts any' },
  run: async ({ positionals: [file = ''], text: { images } }) => {
    const network = await describeNetwork(file, images === undefined ? undefined : shapeOf(images));
    return { json: { network }, text: networkLines(network).join('\n') };
  },
};
