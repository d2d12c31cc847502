/** The options of the command line that choose what a transfer does. */
import { PLAIN_OPTIONS } from '../vocabulary/runSchema';
import {
  CLASSIFIERS,
  RESCALES,
  TRANSFER_VARIANTS,
  VARIANT_NAMES,
  type ClassifierChoice,
  type Rescale,
  type TransferChoices,
} from '../vocabulary/transferVariants';
import { oneOf, wholeNumber, type Arguments } from './verb';

export const TRANSFER_USAGE =
  '[--variant NAME] [--rescale NAME] [--classifier source|new] [--init FILE] [--magnitude-seed N]';

/** Help of the options. */
export const TRANSFER_OPTIONS = {
  variant: [
    'what is transferred (default signed-mask):',
    ...Object.entries(TRANSFER_VARIANTS).map(([name, { formula, sentence }]) => `${name}: ${formula}. ${sentence}`),
  ].join('\n'),
  rescale: [
    'how the kept weights of each layer are scaled (default none):',
    ...Object.entries(RESCALES).map(([name, sentence]) => `${name}: ${sentence}`),
  ].join('\n'),
  classifier: [
    'where the classifier comes from (default source, or new if the checkpoint has another number of classes):',
    ...Object.entries(CLASSIFIERS).map(([name, sentence]) => `${name}: ${sentence}`),
  ].join('\n'),
  init: 'for initial-signs: the network that the checkpoint was trained from, if it is not in its run directory',
  'magnitude-seed': 'for random-magnitudes: the seed of the magnitudes (default: that of --seed)',
};

/** Returns the choices in the options. Throws UserError for an unknown word or number. */
export function transferChoices({ text }: Pick<Arguments, 'text'>): TransferChoices {
  const { variant = 'signed-mask', rescale, classifier, init, 'magnitude-seed': magnitudeSeed } = text;
  return {
    variant: oneOf('variant', variant, VARIANT_NAMES),
    ...(rescale !== undefined && { rescale: oneOf('rescale', rescale, Object.keys(RESCALES) as Rescale[]) }),
    ...(classifier !== undefined && {
      classifier: oneOf('classifier', classifier, Object.keys(CLASSIFIERS) as ClassifierChoice[]),
    }),
    ...(init !== undefined && { initialization: init }),
    ...(magnitudeSeed !== undefined && {
      magnitudeSeed: wholeNumber('magnitude-seed', magnitudeSeed, PLAIN_OPTIONS.seed),
    }),
  };
}
