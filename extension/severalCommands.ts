/** Commands that measure several checkpoints: the barriers between pairs, and the loss surface through three. */
import * as vscode from 'vscode';
import type { CheckpointRef, Measuring } from '../engine/protocol';
import { PAIR_CHOICES, PAIR_CHOICE_NAMES, type PairChoice, pairsOf } from '../engine/vocabulary/connectivity';
import { POINTS, SURFACE_POINTS } from '../engine/vocabulary/runSchema';
import { inNaturalOrder } from '../engine/vocabulary/text';
import { UserError } from './errors';
import { measureInTurn } from './measureInTurn';
import { requireTrust, startRun } from './runCommands';
import type { Services } from './services';
import { runsFolderFor } from './settings';
import { field, filesIn, severalCheckpoints } from './subjects';
import { measureHow, PAIR_PROMPT } from './ticketCommands';

/** Measures pairs of checkpoints one after another, and shows their barriers. Returns the directories of the runs. */
export async function barriers(services: Services, ...given: unknown[]): Promise<string[] | undefined> {
  requireTrust();
  const title = 'Measure Barriers Between Checkpoints';
  const files = await filesFor(services, title, given);
  if (files.length === 0) return undefined;
  if (files.length < 2) throw new UserError('A barrier is between two checkpoints. Choose two or more.');
  const choice = await pairChoiceFor(given[0], title, files.length);
  const how = choice && (await measureHow(title, given[0], { prompt: PAIR_PROMPT, bounds: POINTS }));
  if (!how) return undefined;
  const folder = runsFolderFor(files[0]!);
  const requests = pairsOf(files.length, choice).map(([a, b]) => {
    return { folder, a: services.choices.chosen(files[a]!), b: services.choices.chosen(files[b]!), ...how };
  });
  const directories = await measureInTurn(services, title, requests);
  if (directories.length > 0) services.panels.show({ view: 'connectivity', directories });
  return directories;
}

/** Starts a run that measures the loss surface through three checkpoints. Returns its directory. */
export async function lossSurface(services: Services, ...given: unknown[]): Promise<string | undefined> {
  requireTrust();
  const title = 'Measure Loss Surface';
  const files = await filesFor(services, title, given);
  if (files.length === 0) return undefined;
  if (files.length !== 3)
    throw new UserError(`A loss surface needs three checkpoints, but ${files.length} are chosen. Choose three.`);
  const prompt = 'Number of points along each side of the grid';
  // Outside of the three checkpoints, interpolated variances can be negative, so they are always measured again.
  const how = await measureHow(title, given[0], { prompt, bounds: SURFACE_POINTS, excluded: ['none'] });
  if (!how) return undefined;
  const [a, b, c] = files.map((file) => services.choices.chosen(file)) as [CheckpointRef, CheckpointRef, CheckpointRef];
  const request: { folder: string; points: number } & Measuring = { folder: runsFolderFor(files[0]!), ...how };
  return startRun(services, { ...request, a, b, c });
}

/** Returns the checkpoints: from `{ files }`, from the selected rows or files, or from the user. None if the user cancels. */
async function filesFor({ runs }: Services, title: string, [clicked, selected]: unknown[]): Promise<string[]> {
  const named = (clicked as { files?: unknown } | undefined | null)?.files;
  const files = [...new Set([named, selected, [clicked]].flatMap(filesIn))];
  if (files.length > 1) return files.sort(inNaturalOrder);
  return [...new Set(await severalCheckpoints(runs, title))].sort(inNaturalOrder);
}

async function pairChoiceFor(argument: unknown, title: string, count: number): Promise<PairChoice | undefined> {
  const given = PAIR_CHOICE_NAMES.find((name) => name === field(argument, 'pairs'));
  if (given !== undefined || count === 2) return given ?? 'all';
  const items = PAIR_CHOICE_NAMES.map((choice) => {
    const { label, detail } = PAIR_CHOICES[choice];
    return { label, detail, description: `${pairsOf(count, choice).length} runs`, choice };
  });
  return (await vscode.window.showQuickPick(items, { title, placeHolder: 'Pairs to measure' }))?.choice;
}
