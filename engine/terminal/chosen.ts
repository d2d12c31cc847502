/** The options of the command line that choose which part of a checkpoint is shown. */
import type { CheckpointChoice } from '../vocabulary/checkpoint';
import type { Arguments } from './verb';

/** Help of the options. */
export const LOOK = {
  layers:
    'which layers are prunable: default, official (as in the official AWS code), matrices, decoder\n(the linear layers of a language model), or a pattern of names such as "layer?.*.conv*,fc"',
  mask: 'a file with the masks, if they are not in the checkpoint or beside it',
  state: 'the state dict to show, if the file has several, such as ema',
};

/** Returns a checkpoint with the choices in the options. */
export function chosen(file: string, text: Arguments['text']): CheckpointChoice {
  const given = (['layers', 'mask', 'state'] as const).flatMap((name) =>
    text[name] === undefined ? [] : [[name, text[name]] as const],
  );
  return { file, ...Object.fromEntries(given) };
}
