/** The options of the command line that choose which part of a checkpoint is used. */
import type { CheckpointChoice } from '../vocabulary/checkpoint';
import type { Arguments } from './verb';

/** Help of the options. */
export const LOOK = {
  layers:
    'which layers are prunable: default, official (as in the official AWS code), matrices, decoder\n(the linear layers of a language model), or a pattern of names such as "layer?.*.conv*,fc"',
  mask: 'a file with the masks, if they are not in the checkpoint or beside it',
  state: 'the state dict to use, if the file has several, such as ema',
};

/** Help of the options of the second of two checkpoints. */
export const LOOK_B = {
  'mask-b': 'a file with the masks of B',
  'state-b': 'the state dict of B, if it is not the one of A',
};

/** Returns a checkpoint with the choices in the options. */
export function chosen(file: string, text: Arguments['text']): CheckpointChoice {
  const given = (['layers', 'mask', 'state'] as const).flatMap((name) =>
    text[name] === undefined ? [] : [[name, text[name]] as const],
  );
  return { file, ...Object.fromEntries(given) };
}

/** Returns the second of two checkpoints with the choices in the options. The rule for layers applies to both. */
export function chosenB(file: string, text: Arguments['text']): CheckpointChoice {
  return chosen(file, { ...text, mask: text['mask-b'], state: text['state-b'] ?? text['state'] });
}
