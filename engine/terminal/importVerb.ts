/** The verb `import`: makes a checkpoint of Winning Sign from a file of another tool. */
import { importCheckpoint } from '../runs/importCheckpoint';
import { modelLabel } from '../models/registry';
import { percent } from '../vocabulary/numbers';
import { chosen, LOOK } from './chosen';
import { writeMessage } from './output';
import { refuseRun, type Verb } from './verb';
import { modelIn, shapeOf } from './work';

export const importVerb: Verb = {
  usage:
    'import FILE [--model NAME|JSON] [--images HxWxC] [--options FILE] [--layers RULE] [--mask FILE] [--state NAME] [--out FILE] [--force]',
  summary: 'make a checkpoint from a file of another tool: recognize its network, and store its weights and masks',
  positionals: [1, 1],
  options: {
    model: 'the network, if it is not recognized: a name, or {"model": NAME, "options": {…}} as in a run file',
    images: 'height, width and channels of the images, for example 32x32x3',
    options: 'run file with the network and the data, instead of --model and --images',
    ...LOOK,
    out: 'the checkpoint to write (default: beside the file, with the ending .safetensors)',
  },
  flags: { force: 'replaces the checkpoint if it exists; the file itself is never replaced' },
  run: async ({ positionals, text, flags }) => {
    const file = positionals[0]!;
    refuseRun(file);
    process.once('disconnect', () => process.exit(1)); // the server that started this has ended
    const { model, images, options: optionsFile, out } = text;
    const imported = await importCheckpoint({
      ...{ checkpoint: chosen(file, text), optionsFile, out },
      force: flags['force'] === true,
      ...(model !== undefined && { model: modelIn('--model', model) }),
      ...(images !== undefined && { images: shapeOf(images) }),
    });
    imported.notes.forEach(writeMessage);
    const { sparsity } = imported;
    return {
      json: imported,
      text: `${modelLabel(imported.model)}, ${percent(sparsity.prunable)} of its prunable weights pruned\nWrote ${imported.file}.`,
    };
  },
};
