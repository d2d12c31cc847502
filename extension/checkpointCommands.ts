/** Commands that import, export and evaluate checkpoints. Each asks for the arguments that are missing. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import { defaultExportPath, EXPORT_FORMS, type ExportForm } from '../engine/vocabulary/exportForms';
import type { Evaluation, EvaluationRequest } from '../engine/vocabulary/evaluation';
import { defaultImportPath } from '../engine/vocabulary/imported';
import { openCheckpoint } from './checkpointEditor';
import { requireTrust } from './runCommands';
import type { Services } from './services';
import { browse, checkpointFor, field, fileIn } from './subjects';

/** Writes a checkpoint in a form for PyTorch, NumPy or the official AWS code. Returns the file. */
export async function exportCheckpoint(services: Services, argument?: unknown): Promise<string | undefined> {
  const title = 'Export Checkpoint';
  const checkpoint = await checkpointFor(argument, services.runs, title);
  const form = checkpoint && (await formFor(argument, title));
  if (!checkpoint || !form) return undefined;
  const { ending, title: kind } = EXPORT_FORMS[form];
  const out = await askForFile({ title, kind, ending, proposed: defaultExportPath(checkpoint, form) });
  if (!out) return undefined;
  const request = { checkpoint: services.choices.chosen(checkpoint), form, out };
  const { file, notes } = await working('Exporting the checkpoint', () =>
    services.engine.request('checkpoint/export', request),
  );
  void vscode.window.showInformationMessage([`The export is in ${path.basename(file)}.`, ...notes].join(' '));
  return file;
}

async function formFor(argument: unknown, title: string): Promise<ExportForm | undefined> {
  const given = field(argument, 'form');
  const forms = Object.entries(EXPORT_FORMS) as [ExportForm, (typeof EXPORT_FORMS)[ExportForm]][];
  const known = forms.find(([form]) => form === given)?.[0];
  if (known) return known;
  const items = forms.map(([form, { title: label, meaning }]) => ({ label, detail: meaning, form }));
  return (await vscode.window.showQuickPick(items, { title, placeHolder: 'Form of the file', matchOnDetail: true }))
    ?.form;
}

/** Makes a checkpoint of Winning Sign from a file of another tool. Returns the checkpoint. */
export async function importCheckpoint(services: Services, argument?: unknown): Promise<string | undefined> {
  requireTrust();
  const title = 'Import Checkpoint';
  const source = fileIn(argument) ?? (await browse(title))[0];
  if (source === undefined) return undefined;
  const recognized = { label: '$(search) Recognize the network', detail: 'by the names and shapes of its tensors' };
  const options = await askForRunFile(title, { first: recognized, purpose: 'network and data' });
  if (!options) return undefined;
  const proposed = defaultImportPath(source);
  const out = await askForFile({ title, kind: 'safetensors', ending: '.safetensors', proposed });
  if (!out) return undefined;
  const request = { checkpoint: services.choices.chosen(source), out, ...options };
  const { file, notes } = await working('Importing the checkpoint', () =>
    services.engine.request('checkpoint/import', request),
  );
  const message = [`The checkpoint is in ${path.basename(file)}.`, ...notes].join(' ');
  void offer(message, 'Open Checkpoint', () => openCheckpoint(file));
  return file;
}

/** What can be measured. Training images are not augmented. */
const MEASURES = [
  { label: 'Test images', split: 'test', reestimate: false },
  {
    label: 'Test images, re-estimated',
    detail: 'with batch-norm statistics measured again over the training set',
    split: 'test',
    reestimate: true,
  },
  { label: 'Training images', split: 'train', reestimate: false },
] as const;

/** Measures loss and accuracy of a checkpoint, and shows them. Returns what was measured. */
export async function evaluateCheckpoint(services: Services, argument?: unknown): Promise<Evaluation | undefined> {
  requireTrust();
  const title = 'Evaluate Checkpoint';
  const checkpoint = await checkpointFor(argument, services.runs, title);
  if (!checkpoint) return undefined;
  const { run } = await services.engine.request('checkpoint/open', { file: checkpoint });
  const options = run ? {} : await askForRunFile(title, { purpose: 'data' });
  const measure = options && (await vscode.window.showQuickPick(MEASURES, { title, placeHolder: 'What to measure' }));
  if (!measure) return undefined;
  const { split, reestimate } = measure;
  const request: EvaluationRequest = { checkpoint: services.choices.chosen(checkpoint), split, reestimate, ...options };
  const progress = {
    location: vscode.ProgressLocation.Notification,
    title: 'Evaluating the checkpoint',
    cancellable: true,
  };
  const evaluation = await vscode.window.withProgress(progress, async (_, token) => {
    try {
      return await services.engine.request('checkpoint/evaluate', request, token);
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      throw error;
    }
  });
  if (!evaluation) return undefined;
  const copy = () => vscode.env.clipboard.writeText(JSON.stringify(evaluation, undefined, 2));
  void offer(sentenceOf(evaluation, measure.label), 'Copy as JSON', copy);
  return evaluation;
}

function sentenceOf({ file, loss, accuracy, top5, images, dataset, notes }: Evaluation, what: string): string {
  const five = top5 === undefined ? '' : `, top-5 ${top5.toFixed(2)} %`;
  const measured = `accuracy ${accuracy.toFixed(2)} %${five}, loss ${loss.toPrecision(4)}`;
  return [`${path.basename(file)}: ${measured} (${what.toLowerCase()}, ${images} of ${dataset}).`, ...notes].join(' ');
}

/** Returns the run file that the user picks, or nothing for the item `first`. Undefined if the user cancels. */
export async function askForRunFile(
  title: string,
  { first, purpose }: { first?: vscode.QuickPickItem; purpose: string },
): Promise<{ optionsFile?: string } | undefined> {
  const files = await vscode.workspace.findFiles('**/*.sign.json', '**/node_modules/**', 200);
  const other = { label: '$(folder-opened) Another run file…', alwaysShow: true };
  const items = files.map(({ fsPath }) => ({
    label: path.basename(fsPath),
    description: vscode.workspace.asRelativePath(path.dirname(fsPath)),
    fsPath,
  }));
  const placeHolder = `Run file with the ${purpose}`;
  const picked = await vscode.window.showQuickPick<vscode.QuickPickItem & { fsPath?: string }>(
    [...(first ? [first] : []), ...items, other],
    { title, placeHolder, matchOnDescription: true },
  );
  if (!picked) return undefined;
  if (picked === first) return {};
  if (picked !== other) return picked.fsPath === undefined ? undefined : { optionsFile: picked.fsPath };
  const [file] = (await vscode.window.showOpenDialog({ title: placeHolder, filters: { 'Run files': ['json'] } })) ?? [];
  return file && { optionsFile: file.fsPath };
}

interface SaveQuestion {
  title: string;
  kind: string;
  ending: string;
  proposed: string;
}

/** Asks where to save a file. The dialog asks before it replaces one. */
async function askForFile({ title, kind, ending, proposed }: SaveQuestion): Promise<string | undefined> {
  const defaultUri = vscode.Uri.file(proposed);
  const filters = { [kind]: [ending.split('.').at(-1)!] };
  return (await vscode.window.showSaveDialog({ title, defaultUri, filters }))?.fsPath;
}

function working<T>(title: string, work: () => Promise<T>): Thenable<T> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title }, work);
}

async function offer(message: string, action: string, act: () => Thenable<unknown>): Promise<void> {
  if ((await vscode.window.showInformationMessage(message, action)) === action) await act();
}
