/**
 * Finds the run or checkpoint on which a command acts. The argument of the command can be a row, a file of the explorer or a path. If the
 * argument is missing, asks the user.
 */
import * as vscode from 'vscode';
import { nextStep } from '../engine/vocabulary/runStatus';
import { choiceProblem } from '../engine/vocabulary/schemaWords';
import type { RunKind } from '../engine/protocol';
import { UserError } from './errors';
import { type CheckpointItem, checkpointItems, runItems } from './pickerItems';
import type { Runs } from './runs';

/** Returns the run directory in an argument. */
export function directoryIn(argument: unknown): string | undefined {
  return typeof argument === 'string' ? argument : field(argument, 'directory');
}

/** Returns the run directories of the selected rows, or of the clicked one. Rows of several runs give all of them. */
export function directoriesIn(clicked: unknown, selected: unknown): string[] {
  const rows = Array.isArray(selected) && selected.length > 0 ? (selected as unknown[]) : [clicked];
  return [...new Set(rows.flatMap((row) => textsIn(row, 'directories') ?? directoryIn(row) ?? []))];
}

/** Returns the path of the checkpoint in an argument. */
export function fileIn(argument: unknown): string | undefined {
  if (typeof argument === 'string') return argument;
  if (argument instanceof vscode.Uri) return argument.fsPath;
  return field(argument, 'file') ?? field(argument, 'checkpoint');
}

/** Returns the paths of the checkpoints in a selection of rows or files. Rows of several runs give the final ones of all of them. */
export function filesIn(selected: unknown): string[] {
  return Array.isArray(selected) ? selected.flatMap((row) => textsIn(row, 'files') ?? fileIn(row) ?? []) : [];
}

/** Returns the texts in a field that has a list of them. */
function textsIn(argument: unknown, name: string): string[] | undefined {
  const value = (argument as Record<string, unknown> | undefined | null)?.[name];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : undefined;
}

/** Returns the text in a field, or undefined. */
export function field(argument: unknown, name: string): string | undefined {
  const value = (argument as Record<string, unknown> | undefined | null)?.[name];
  return typeof value === 'string' ? value : undefined;
}

/** Returns the choice in a field, or undefined. Throws UserError if it is not a key of `choices`. */
export function choiceIn<C extends object>(
  argument: unknown,
  name: string,
  choices: C,
): Extract<keyof C, string> | undefined {
  const value = (argument as Record<string, unknown> | undefined | null)?.[name];
  if (value === undefined) return undefined;
  const problem = choiceProblem(name, value, choices);
  if (problem !== undefined) throw new UserError(problem);
  return value as Extract<keyof C, string>;
}

/** Returns the number in a field, or undefined. */
export function numberIn(argument: unknown, name: string): number | undefined {
  const value = (argument as Record<string, unknown> | undefined | null)?.[name];
  return typeof value === 'number' ? value : undefined;
}

const NONE = {
  stop: 'There is no run to stop, because no run is running.',
  resume: 'There is no run to resume, because no run was stopped or interrupted.',
};

/**
 * Returns the run in the argument of a command. Without an argument, returns the only suitable run, or lets the user pick one. Undefined if
 * the user cancels.
 */
export async function runFor(
  argument: unknown,
  runs: Runs,
  { title, step, kinds }: { title: string; step?: keyof typeof NONE; kinds?: readonly RunKind[] },
): Promise<string | undefined> {
  const given = directoryIn(argument);
  if (given) return given;
  await runs.ready();
  const candidates = runItems(
    runs.tree(),
    (run) => (step === undefined || nextStep(run) === step) && (kinds?.includes(run.kind) ?? true),
  );
  const [only] = candidates;
  if (!only)
    throw new UserError(
      step ? NONE[step] : 'This workspace has no run for this command. Start one with “Winning Sign: New Run…”.',
    );
  if (candidates.length === 1) return only.directory;
  const options = { title, placeHolder: 'Run', matchOnDescription: true };
  return (await vscode.window.showQuickPick(candidates, options))?.directory;
}

/**
 * Returns the checkpoint in the argument of a command. Without an argument, lets the user pick one from the runs or from disk.
 * @param wanted the checkpoints that are offered: `trained` leaves out initializations
 */
export async function checkpointFor(
  argument: unknown,
  runs: Runs,
  title: string,
  wanted: 'all' | 'trained' = 'all',
): Promise<string | undefined> {
  const given = fileIn(argument);
  if (given) return given;
  await runs.ready();
  const items = [...checkpointItems(runs.tree(), wanted), BROWSE];
  const options = { title, placeHolder: 'Checkpoint', matchOnDescription: true };
  const picked = await vscode.window.showQuickPick<CheckpointItem>(items, options);
  return picked === BROWSE ? (await browse(title))[0] : picked?.file;
}

/** Lets the user pick one checkpoint, or several of them. Returns none if the user cancels. */
export async function checkpointsFor(runs: Runs, title: string): Promise<string[]> {
  await runs.ready();
  const own = checkpointItems(runs.tree());
  const options = { title, placeHolder: 'Checkpoint', matchOnDescription: true };
  const picked = await vscode.window.showQuickPick<CheckpointItem>([SEVERAL, ...own, BROWSE], options);
  if (picked === BROWSE) return browse(title, true);
  if (picked !== SEVERAL) return picked?.file === undefined ? [] : [picked.file];
  return pickSeveral(own, title);
}

/** Lets the user pick several checkpoints. Returns none if the user cancels. */
export async function severalCheckpoints(runs: Runs, title: string): Promise<string[]> {
  await runs.ready();
  return pickSeveral(checkpointItems(runs.tree()), title);
}

async function pickSeveral(own: readonly CheckpointItem[], title: string): Promise<string[]> {
  const many = { title, placeHolder: 'Checkpoints', matchOnDescription: true, canPickMany: true } as const;
  const chosen = (await vscode.window.showQuickPick<CheckpointItem>([...own, BROWSE], many)) ?? [];
  const files = chosen.flatMap(({ file }) => file ?? []);
  return chosen.includes(BROWSE) ? [...files, ...(await browse(title, true))] : files;
}

const BROWSE: CheckpointItem = { label: '$(folder-opened) Another file…', alwaysShow: true };
const SEVERAL: CheckpointItem = { label: '$(checklist) Several checkpoints…', alwaysShow: true };

/** Lets the user choose checkpoints on disk. Returns none if the user cancels. */
export async function browse(title: string, canSelectMany = false): Promise<string[]> {
  const filters = {
    Checkpoints: [
      'safetensors',
      'pt',
      'pth',
      'tar',
      'ckpt',
      'bin',
      'npz',
      'npy',
      'onnx',
      'gguf',
      'msgpack',
      'h5',
      'hdf5',
      'keras',
    ],
    'All files': ['*'],
  };
  const chosen = (await vscode.window.showOpenDialog({ title, filters, canSelectMany })) ?? [];
  return chosen.map(({ fsPath }) => fsPath);
}
