/** Asks how a ticket is transferred, beyond variant and seed. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { TransferVariant } from '../engine/protocol';
import { PLAIN_OPTIONS } from '../engine/vocabulary/runSchema';
import {
  carriesOthers,
  CLASSIFIERS,
  RESCALES,
  traitsOf,
  uses,
  type TransferChoices,
} from '../engine/vocabulary/transferVariants';
import { choiceIn, field, numberIn } from './subjects';
import { wholeNumberProblem } from './wholeNumber';

/** The choices, and the run file with the model and the data if they are not those of the checkpoint's run. */
export type FurtherChoices = Omit<TransferChoices, 'variant' | 'initialization'> & {
  initialization?: string | undefined;
  optionsFile?: string | undefined;
};

interface Item extends vscode.QuickPickItem {
  /** Asks for one choice. Returns undefined if the user cancels. Without it, the transfer starts. */
  ask?: () => Promise<FurtherChoices | undefined>;
}

/** Shows the choices that the variant has with their defaults, until the user starts the transfer. Undefined if the user cancels. */
export async function askChoices(title: string, variant: TransferVariant): Promise<FurtherChoices | undefined> {
  let choices: FurtherChoices = {};
  for (;;) {
    const items: Item[] = [{ label: '$(play) Start the transfer' }, ...itemsOf(title, variant, choices)];
    const picked = await vscode.window.showQuickPick(items, { title, placeHolder: 'How to transfer' });
    if (!picked) return undefined;
    if (!picked.ask) return choices;
    choices = { ...choices, ...(await picked.ask()) };
  }
}

function itemsOf(title: string, variant: TransferVariant, choices: FurtherChoices): Item[] {
  const { kept, whole } = traitsOf(variant);
  const { rescale = 'none', classifier, magnitudeSeed, initialization, optionsFile } = choices;
  return [
    ...(kept.magnitudes === 'source'
      ? []
      : [
          {
            label: `Scale of the kept weights: ${rescale}`,
            detail: RESCALES[rescale],
            ask: () => askWord(title, 'rescale', RESCALES),
          },
        ]),
    ...(uses('kept', variant, 'random') && kept.magnitudes === 'random'
      ? [
          {
            label: `Seed of the magnitudes: ${magnitudeSeed ?? 'that of the initialization'}`,
            ask: () => askMagnitudeSeed(title),
          },
        ]
      : []),
    ...(carriesOthers(variant)
      ? [
          {
            label: `Classifier: ${classifier ?? 'of the checkpoint'}`,
            detail: classifier ? CLASSIFIERS[classifier] : 'It is new if the data have another number of classes.',
            ask: () => askWord(title, 'classifier', CLASSIFIERS),
          },
        ]
      : []),
    ...(whole
      ? []
      : [
          {
            label: `Initialization of the checkpoint: ${fileName(initialization, 'in its run')}`,
            detail:
              'The network that the checkpoint was trained from. Its signs are compared, and initial-signs uses them.',
            ask: () => askFile('initialization', 'Use as Initialization'),
          },
        ]),
    {
      label: `Model and data: ${fileName(optionsFile, 'of the run of the checkpoint')}`,
      detail: 'A run file with other data, or for a checkpoint that is not in a run.',
      ask: () => askFile('optionsFile', 'Use Model and Data', { 'Run files': ['json'] }),
    },
  ];
}

function fileName(file: string | undefined, otherwise: string): string {
  return file === undefined ? otherwise : path.basename(file);
}

async function askWord(
  title: string,
  name: 'rescale' | 'classifier',
  words: Readonly<Record<string, string>>,
): Promise<FurtherChoices | undefined> {
  const items = Object.entries(words).map(([label, detail]) => ({ label, detail }));
  const picked = await vscode.window.showQuickPick(items, { title });
  return picked && { [name]: picked.label };
}

async function askMagnitudeSeed(title: string): Promise<FurtherChoices | undefined> {
  const validateInput = (text: string) => wholeNumberProblem(text, 'The seed', PLAIN_OPTIONS.seed);
  const text = await vscode.window.showInputBox({ title, prompt: 'Seed of the magnitudes', validateInput });
  return text === undefined ? undefined : { magnitudeSeed: Number(text) };
}

async function askFile(
  name: 'initialization' | 'optionsFile',
  openLabel: string,
  filters?: Record<string, string[]>,
): Promise<FurtherChoices | undefined> {
  const [file] = (await vscode.window.showOpenDialog({ openLabel, ...(filters && { filters }) })) ?? [];
  return file && { [name]: file.fsPath };
}

/** Returns the choices in the argument of a command. Throws UserError if one does not exist. */
export function choicesIn(argument: unknown): FurtherChoices {
  const rescale = choiceIn(argument, 'rescale', RESCALES);
  const classifier = choiceIn(argument, 'classifier', CLASSIFIERS);
  const [initialization, optionsFile] = [field(argument, 'initialization'), field(argument, 'optionsFile')];
  const magnitudeSeed = numberIn(argument, 'magnitudeSeed');
  return {
    ...(rescale && { rescale }),
    ...(classifier && { classifier }),
    ...(initialization !== undefined && { initialization }),
    ...(optionsFile !== undefined && { optionsFile }),
    ...(magnitudeSeed !== undefined && { magnitudeSeed }),
  };
}
