/** New Run: asks for method, model, dataset and target sparsity, and writes them to a run file of the workspace. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { DatasetSpec, Method } from '../engine/protocol';
import { FORMATS, SAMPLE } from '../engine/vocabulary/datasetSchema';
import { isIncluded } from '../engine/vocabulary/includedDataset';
import { OWN, OWN_MODEL } from '../engine/vocabulary/models/own';
import { MODELS, type ModelName } from '../engine/vocabulary/modelSchemas';
import { roundsFor } from '../engine/vocabulary/rounds';
import { METHODS, PLAIN_OPTIONS } from '../engine/vocabulary/runSchema';
import { askForModel } from './networkCommand';
import { noFolder } from './settings';
import { shareOf, sparsityProblem } from './sparsity';

/** The fields that a new run file has. Every other field keeps its default. */
interface RunFile {
  method: Method;
  model: ModelName | OwnFile;
  dataset: DatasetSpec;
  targetSparsity?: number;
}

/** The file of a network of the user. */
interface OwnFile {
  model: typeof OWN;
  path: string;
}

type Choice<T> = vscode.QuickPickItem & { value: T };
type Format = keyof typeof FORMATS;

/** Converts a table of declared values to rows of a picker. */
function choicesOf<T extends string>(
  declared: Readonly<Record<T, { title: string; description: string }>>,
): Choice<T>[] {
  const entries = Object.entries(declared) as [T, { title: string; description: string }][];
  return entries.map(([value, { title, description }]) => ({ value, label: title, detail: description }));
}

const METHOD_CHOICES = choicesOf(METHODS).reverse();
/** All networks, and the file of a network of the user. After it, a dialog asks for the file. */
const MODEL_CHOICES: Choice<ModelName | typeof OWN>[] = [
  ...choicesOf(MODELS),
  { value: OWN, label: OWN_MODEL.title, detail: OWN_MODEL.description },
];
/** The included sample, and all formats. After a format, a dialog asks for its folder or file. */
const DATASET_CHOICES: Choice<'sample' | Format>[] = [
  { value: 'sample', label: SAMPLE.title, detail: SAMPLE.description },
  ...choicesOf(FORMATS).map((format) => ({ ...format, label: `${format.label}…` })),
];

/**
 * Asks for the fields, writes `NAME.sign.json` and returns it. Undefined if the user cancels.
 * `complete` is false if the user still has to fill in the names of arrays.
 */
export async function askForRunFile(): Promise<{ file: vscode.Uri; complete: boolean } | undefined> {
  const folder = await workspaceFolder();
  const method = folder && (await pick(METHOD_CHOICES, { step: 1, placeHolder: 'Method' }));
  const model = method && (await askForModelIn(folder));
  const dataset = model && (await askForDataset(folder));
  const targetSparsity = dataset && (method === 'dense' ? 0 : await askForSparsity(method));
  if (!dataset || targetSparsity === undefined) return undefined;
  const run: RunFile = { method: method, model, dataset, ...(targetSparsity && { targetSparsity }) };
  const name = typeof model === 'string' ? model : path.basename(model.path, '.json');
  const file = await unusedFile(folder.uri, `${run.method}-${name}`);
  await vscode.workspace.fs.writeFile(file, Buffer.from(`${JSON.stringify(run, undefined, 2)}\n`));
  return { file, complete: isIncluded(dataset) || !namesArrays(dataset.format) };
}

/** Returns the only workspace folder, or the one that the user picks. Throws UserError if no folder is open. */
export async function workspaceFolder(
  placeHolder = 'Workspace folder to store the run in',
): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0) throw noFolder();
  return folders.length === 1 ? folders[0] : vscode.window.showWorkspaceFolderPick({ placeHolder });
}

async function pick<T>(
  choices: Choice<T>[],
  { step, placeHolder }: { step: number; placeHolder: string },
): Promise<T | undefined> {
  const options = { title: titleOf(step), placeHolder, matchOnDetail: true, ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(choices, options))?.value;
}

/** Asks for a network, and for the file of a network of the user. */
async function askForModelIn(folder: vscode.WorkspaceFolder): Promise<RunFile['model'] | undefined> {
  const model = await pick(MODEL_CHOICES, { step: 2, placeHolder: 'Model' });
  if (model !== OWN) return model;
  const file = await askForModel(titleOf(2), folder.uri);
  return file && { model, path: pathIn(folder, file) };
}

/** Returns the path in a run file: relative to the folder if the file is in it. */
export function pathIn(folder: vscode.WorkspaceFolder, file: vscode.Uri): string {
  const below = path.relative(folder.uri.fsPath, file.fsPath);
  return below.startsWith('..') ? file.fsPath : below || '.';
}

async function askForDataset(folder: vscode.WorkspaceFolder): Promise<DatasetSpec | undefined> {
  const format = await pick(DATASET_CHOICES, { step: 3, placeHolder: 'Dataset' });
  if (format === undefined || format === 'sample') return format;
  const arrays = namesArrays(format);
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title: titleOf(3),
      defaultUri: folder.uri,
      canSelectFiles: arrays,
      canSelectFolders: !arrays,
      ...(arrays && { filters: { [format]: [format] } }),
    })) ?? [];
  if (!chosen) return undefined;
  const dataset = { format, path: pathIn(folder, chosen) };
  return arrays
    ? { ...dataset, train: { images: 'x_train', labels: 'y_train' }, test: { images: 'x_test', labels: 'y_test' } }
    : dataset;
}

/** Returns whether a format has named arrays. Their names must come from the user. */
function namesArrays(format: Format): boolean {
  return format === 'npz' || format === 'safetensors';
}

/** Asks for a target sparsity. Shows how many rounds the method needs with the default pruning fraction. */
async function askForSparsity(method: Method): Promise<number | undefined> {
  const fraction = method === 'one-shot' ? undefined : PLAIN_OPTIONS.pruningFraction.default;
  const choices = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995].map((sparsity): Choice<number | 'other'> => {
    const description = fraction === undefined ? 'pruned once' : `${roundsFor(sparsity, fraction)} rounds`;
    return { value: sparsity, label: `${100 * sparsity} %`, description };
  });
  const other: Choice<number | 'other'> = { value: 'other', label: 'Another sparsity…' };
  const picked = await pick([...choices, other], { step: 4, placeHolder: 'Target sparsity of the prunable weights' });
  if (picked !== 'other') return picked;
  const text = await vscode.window.showInputBox({
    title: titleOf(4),
    prompt: 'Target sparsity in percent of the prunable weights',
    value: '90',
    ignoreFocusOut: true,
    validateInput: (value) => sparsityProblem(value, fraction),
  });
  return text === undefined ? undefined : shareOf(text);
}

function titleOf(step: number): string {
  return `New Run (${step}/4)`;
}

/** Returns the path of a run file that does not exist yet: `NAME.sign.json`, or with a number. */
export async function unusedFile(folder: vscode.Uri, name: string): Promise<vscode.Uri> {
  for (let number = 1; ; number++) {
    const file = vscode.Uri.joinPath(folder, `${name}${number === 1 ? '' : `-${number}`}.sign.json`);
    const exists = await vscode.workspace.fs.stat(file).then(
      () => true,
      () => false,
    );
    if (!exists) return file;
  }
}
