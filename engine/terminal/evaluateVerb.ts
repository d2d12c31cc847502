/** The verb `evaluate`: measures loss and accuracy of a checkpoint. */
import { evaluateCheckpoint } from '../execution/evaluate';
import { modelLabel } from '../models/registry';
import { SPLITS, type Evaluation } from '../vocabulary/evaluation';
import { chosen, LOOK } from './chosen';
import { measured } from './format';
import { writeMessage } from './output';
import { overridesOf } from './runArguments';
import { oneOf, refuseRun, type Verb } from './verb';

export const evaluateVerb: Verb = {
  usage:
    'evaluate CHECKPOINT [--options FILE] [--split test|train] [--reestimate] [--layers RULE] [--mask FILE] [--state NAME] [--set FIELD=VALUE]…',
  summary: 'measure loss and accuracy of a checkpoint, without training',
  positionals: [1, 1],
  options: {
    options:
      'run file with the data, and with the network unless the checkpoint names it; needed for a checkpoint\noutside a run directory',
    split: 'which images: test (default) or train',
    ...LOOK,
  },
  repeated: { set: 'replaces an option, for example batchSize=100; may be repeated' },
  flags: { reestimate: 'measures the batch-norm statistics again first, over the whole training set at α = 0' },
  run: async (args) => {
    const { positionals, text, flags } = args;
    const file = positionals[0]!;
    refuseRun(file);
    process.once('disconnect', () => process.exit(1)); // the server that started this has ended
    const request = {
      ...{ checkpoint: chosen(file, text), optionsFile: text['options'] },
      ...{ split: oneOf('split', text['split'] ?? 'test', SPLITS), reestimate: flags['reestimate'] === true },
    };
    const evaluation = await evaluateCheckpoint(request, { overrides: overridesOf(args), onMessage: writeMessage });
    evaluation.notes.forEach(writeMessage);
    return { json: evaluation, text: textOf(evaluation) };
  },
};

const STATISTICS = {
  stored: 'with the batch-norm statistics in the file',
  're-estimated': 'with batch-norm statistics measured again over the training set',
  none: 'without batch norm',
};

function textOf({ model, images, split, dataset, statistics, ...evaluation }: Evaluation): string {
  return `${split} ${measured(evaluation)} (${images} images of ${dataset}; ${modelLabel(model)}, ${STATISTICS[statistics]})`;
}
