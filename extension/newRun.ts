/** New Run: asks for method, model, dataset and target sparsity, and writes them to a run file of the workspace. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { percent } from '../engine/vocabulary/numbers';
import type { DatasetSpec, Method } from '../engine/protocol';
import { UserError } from './errors';
import type { RunFileSchema } from './runFileSchema';
import { roundsFor, sparsityAfter, sparsityProblem } from './sparsity';

/** What a new run file says; every other field keeps its default. */
interface RunFile {
  method: Method;
  model: string;
  dataset: DatasetSpec;
  rounds?: number;
}

type Choice<T> = vscode.QuickPickItem & { value: T };
type Format = Exclude<DatasetSpec, string>['format'];

const METHODS: Choice<Method>[] = [
  { value: 'aws', label: 'A Winning Sign (AWS)', detail: 'Finds a signed mask that trains from any initialization' },
  {
    value: 'lrr',
    label: 'Learning-rate rewinding (LRR)',
    detail: 'Prunes and trains on; survivors keep their weights',
  },
  { value: 'imp', label: 'Iterative magnitude pruning (IMP)', detail: 'Survivors are rewound to an early step' },
  { value: 'dense', label: 'Dense', detail: 'Full training without pruning: the accuracy to reach' },
];

const MODELS: Choice<string>[] = [
  { value: 'resnet20', label: 'ResNet-20', detail: 'Residual network with batch norm' },
  { value: 'convnet', label: 'Small convolutional net', detail: 'With batch norm; trains in minutes on a CPU' },
  { value: 'mlp', label: 'MLP', detail: 'Fully connected layers' },
  { value: 'mixer', label: 'MLP-Mixer', detail: 'Layer norm instead of batch norm' },
];

const DATASETS: Choice<'sample' | Format>[] = [
  { value: 'sample', label: 'Sample', detail: 'A subset of Fashion-MNIST that ships with the extension' },
  { value: 'idx', label: 'IDX folder…', detail: 'MNIST, Fashion-MNIST and their kind' },
  { value: 'cifar10', label: 'CIFAR-10 folder…', detail: 'The binary version' },
  { value: 'cifar100', label: 'CIFAR-100 folder…', detail: 'The binary version' },
  { value: 'npz', label: 'NumPy arrays (.npz)…', detail: 'The names of the arrays are filled in in the run file' },
  {
    value: 'safetensors',
    label: 'Tensors (.safetensors)…',
    detail: 'The names of the arrays are filled in in the run file',
  },
];

/** Asks, writes `NAME.sign.json` and gives it; undefined when a person breaks off. */
export async function askForRunFile(
  schema: Pick<RunFileSchema, 'number' | 'property'>,
): Promise<{ file: vscode.Uri; complete: boolean } | undefined> {
  const folder = await workspaceFolder();
  const method = folder && (await pick(METHODS, { step: 1, placeHolder: 'Method' }));
  const model = method && (await pick(MODELS, { step: 2, placeHolder: 'Model' }));
  const dataset = model && (await askForDataset(folder));
  const rounds = dataset && (method === 'dense' ? 0 : await askForRounds(schema));
  if (!dataset || rounds === undefined) return undefined;
  const run: RunFile = { method: method, model, dataset, ...(rounds && { rounds }) };
  const file = await unusedFile(folder.uri, `${run.method}-${run.model}`);
  await vscode.workspace.fs.writeFile(file, Buffer.from(`${JSON.stringify(run, undefined, 2)}\n`));
  return { file, complete: typeof dataset === 'string' || !namesArrays(dataset.format) };
}

async function workspaceFolder(): Promise<vscode.WorkspaceFolder | undefined> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length === 0)
    throw new UserError('No folder is open to keep runs in; open one first (File: Open Folder).');
  return folders.length === 1
    ? folders[0]
    : vscode.window.showWorkspaceFolderPick({ placeHolder: 'Folder that keeps the run' });
}

async function pick<T>(
  choices: Choice<T>[],
  { step, placeHolder }: { step: number; placeHolder: string },
): Promise<T | undefined> {
  const options = { title: titleOf(step), placeHolder, matchOnDetail: true, ignoreFocusOut: true };
  return (await vscode.window.showQuickPick(choices, options))?.value;
}

async function askForDataset(folder: vscode.WorkspaceFolder): Promise<DatasetSpec | undefined> {
  const format = await pick(DATASETS, { step: 3, placeHolder: 'Dataset' });
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
  const below = path.relative(folder.uri.fsPath, chosen.fsPath);
  const dataset = { format, path: below.startsWith('..') ? chosen.fsPath : below || '.' };
  return arrays
    ? { ...dataset, train: { images: 'x_train', labels: 'y_train' }, test: { images: 'x_test', labels: 'y_test' } }
    : dataset;
}

/** Array files name their arrays, which only their owner knows. */
function namesArrays(format: Format): boolean {
  return format === 'npz' || format === 'safetensors';
}

/** A target sparsity, as the number of rounds that reaches it at the default pruning fraction. */
async function askForRounds(schema: Pick<RunFileSchema, 'number' | 'property'>): Promise<number | undefined> {
  const fraction = await schema.number('pruningFraction');
  const { minimum = 1, maximum = 200 } = await schema.property('rounds');
  const choices = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995].map((sparsity): Choice<number | 'other'> => {
    const rounds = roundsFor(sparsity, fraction);
    const trainings = `${rounds} rounds, ${percent(sparsityAfter(rounds, fraction))} pruned`;
    return { value: rounds, label: `${100 * sparsity} %`, description: trainings };
  });
  const other: Choice<number | 'other'> = { value: 'other', label: 'Another sparsity…' };
  const picked = await pick([...choices, other], { step: 4, placeHolder: 'Target sparsity of the prunable weights' });
  if (picked !== 'other') return picked;
  const text = await vscode.window.showInputBox({
    title: titleOf(4),
    prompt: 'Target sparsity in percent of the prunable weights',
    value: '90',
    ignoreFocusOut: true,
    validateInput: (value) => sparsityProblem(value, { fraction, maximumRounds: maximum }),
  });
  return text === undefined ? undefined : Math.max(minimum, roundsFor(Number(text) / 100, fraction));
}

function titleOf(step: number): string {
  return `New Run (${step}/4)`;
}

async function unusedFile(folder: vscode.Uri, name: string): Promise<vscode.Uri> {
  for (let number = 1; ; number++) {
    const file = vscode.Uri.joinPath(folder, `${name}${number === 1 ? '' : `-${number}`}.sign.json`);
    const exists = await vscode.workspace.fs.stat(file).then(
      () => true,
      () => false,
    );
    if (!exists) return file;
  }
}
