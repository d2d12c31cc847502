/** Commands about checkpoints: transfer, connectivity. Each asks for the arguments that are missing. */
import * as vscode from 'vscode';
import type { Measuring, TransferVariant } from '../engine/protocol';
import { BARRIER_NAMES, NAMED_BARRIERS, pointsOf } from '../engine/vocabulary/namedBarriers';
import { PLAIN_OPTIONS, POINTS } from '../engine/vocabulary/runSchema';
import type { Bounds } from '../engine/vocabulary/schemaWords';
import { TRANSFER_VARIANTS, traitsOf, VARIANT_NAMES } from '../engine/vocabulary/transferVariants';
import { askMeasuring, measuringIn } from './measureChoices';
import { requireTrust, startRun } from './runCommands';
import type { Services } from './services';
import { runsFolderFor } from './settings';
import { checkpointFor, choiceIn, field, fileIn, filesIn, numberIn } from './subjects';
import { askChoices, choicesIn } from './transferChoices';
import { wholeNumberProblem } from './wholeNumber';

/**
 * Starts a run that transfers a signed mask onto a new initialization and trains the network. Uses the layers and the state dict that were
 * chosen in the panel of the checkpoint.
 */
export async function transfer(services: Services, argument?: unknown): Promise<string | undefined> {
  requireTrust();
  const title = 'Transfer Signed Mask';
  const checkpoint = await checkpointFor(argument, services.runs, title, 'trained');
  const variant = checkpoint && (await variantFor(argument, title));
  if (!checkpoint || !variant) return undefined;
  const prompt = 'Seed of the new initialization';
  const seed =
    numberIn(argument, 'seed') ??
    (await askInteger({ title, prompt, value: '2', name: 'The seed', bounds: PLAIN_OPTIONS.seed }));
  if (seed === undefined) return undefined;
  const isAsked = choiceIn(argument, 'variant', TRANSFER_VARIANTS) === undefined;
  const choices = isAsked ? await askChoices(title, variant) : choicesIn(argument);
  if (!choices) return undefined;
  const chosen = services.choices.chosen(checkpoint);
  return startRun(services, { folder: runsFolderFor(checkpoint), checkpoint: chosen, variant, seed, ...choices });
}

/** Starts a run that measures error and loss between two checkpoints. */
export async function connectivity(services: Services, ...given: unknown[]): Promise<string | undefined> {
  requireTrust();
  const title = 'Measure Connectivity';
  const pair = await pairFor(services, title, given);
  if (!pair) return undefined;
  const how = await measureHow(title, given[0], { prompt: PAIR_PROMPT, bounds: POINTS });
  if (!how) return undefined;
  const { choices } = services;
  const [a, b] = [choices.chosen(pair.a), choices.chosen(pair.b)];
  return startRun(services, { folder: runsFolderFor(pair.a), a, b, ...how });
}

const NAMED_POINTS = BARRIER_NAMES.flatMap((name) => {
  const points = pointsOf(name);
  return points === undefined ? [] : [`${NAMED_BARRIERS[name].title}: ${points}`];
});

/** The question for the number of points between two checkpoints. */
export const PAIR_PROMPT = `Number of points on the interpolation, including both ends (${NAMED_POINTS.join(', ')})`;

/**
 * Returns the number of points and how they are measured: from the argument if it has `points`, otherwise from the user.
 * @param excluded choices that this measurement does not have
 */
export async function measureHow(
  title: string,
  argument: unknown,
  { prompt, bounds, excluded }: { prompt: string; bounds: Bounds & { default: number }; excluded?: readonly string[] },
): Promise<({ points: number } & Measuring) | undefined> {
  const given = numberIn(argument, 'points');
  if (given !== undefined) return { points: given, ...measuringIn(argument) };
  const value = String(bounds.default);
  const points = await askInteger({ title, prompt, value, name: 'The number', bounds });
  const how = points === undefined ? undefined : await askMeasuring(title, undefined, excluded);
  return how && points !== undefined ? { points, ...how } : undefined;
}

/** Returns two checkpoints: from `{ a, b }` or from two selected rows or files. The user picks the missing ones. */
async function pairFor(
  { runs }: Services,
  title: string,
  [clicked, selected]: unknown[],
): Promise<{ a: string; b: string } | undefined> {
  const files = filesIn(Array.isArray(selected) && selected.length > 0 ? selected : [clicked]);
  const [first, second] = files.length === 2 ? files : [field(clicked, 'a') ?? fileIn(clicked), field(clicked, 'b')];
  const a = await checkpointFor(first, runs, `${title} (A)`);
  const b = a && (await checkpointFor(second, runs, `${title} (B)`));
  return a && b ? { a, b } : undefined;
}

async function variantFor(argument: unknown, title: string): Promise<TransferVariant | undefined> {
  const given = choiceIn(argument, 'variant', TRANSFER_VARIANTS);
  if (given !== undefined) return given;
  const items = VARIANT_NAMES.map((variant) => {
    const { title: label, sentence: detail } = traitsOf(variant);
    return { label, detail, variant };
  });
  return (await vscode.window.showQuickPick(items, { title, placeHolder: 'What to transfer' }))?.variant;
}

/** Asks for a whole number. Undefined if the user cancels. */
export async function askInteger(options: {
  title: string;
  prompt: string;
  value: string;
  name: string;
  bounds: Bounds;
}): Promise<number | undefined> {
  const { title, prompt, value, name, bounds } = options;
  const validateInput = (text: string) => wholeNumberProblem(text, name, bounds);
  const text = await vscode.window.showInputBox({ title, prompt, value, validateInput });
  return text === undefined ? undefined : Number(text);
}
