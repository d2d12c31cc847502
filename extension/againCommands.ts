/** Commands about what a run was made from: its run file, a copy of it, the same run with another seed, its directory. */
import * as vscode from 'vscode';
import type { ListedRun, RunOptions, RunRequest } from '../engine/protocol';
import { PLAIN_OPTIONS } from '../engine/vocabulary/runSchema';
import { UserError } from './errors';
import { pathIn, unusedFile } from './newRun';
import { requireTrust, startRun } from './runCommands';
import type { Services } from './services';
import { noFolder, runsFolderFor } from './settings';
import { directoriesIn, numberIn, runFor } from './subjects';
import { askInteger } from './ticketCommands';

/** Opens the `run.json` of a run, which is its run file. */
export async function openRunFile(services: Services, argument?: unknown): Promise<void> {
  const directory = await runFor(argument, services.runs, { title: 'Open Run File' });
  if (directory === undefined) return;
  const { file } = await services.engine.request('run/file', { directory });
  await vscode.window.showTextDocument(vscode.Uri.file(file));
}

/** Writes a run file with the options of a run into the workspace, and opens it. Returns the file. The run file can then be changed. */
export async function duplicateRun(services: Services, argument?: unknown): Promise<string | undefined> {
  requireTrust();
  const run = await runOf(services, argument, 'Duplicate Run File');
  if (!run) return undefined;
  if (run.sources.length > 0 || run.kind === 'connectivity')
    throw new UserError(
      `${run.name} was made from a checkpoint, so it has no run file. To make it again, use “Run with Another Seed…” or “Transfer Signed Mask…”.`,
    );
  const folder =
    vscode.workspace.getWorkspaceFolder(vscode.Uri.file(run.directory)) ?? vscode.workspace.workspaceFolders?.[0];
  if (!folder) throw noFolder();
  const file = await unusedFile(folder.uri, run.name);
  const { method, model, dataset, ...others } = withPathsIn(folder, run.options);
  const options = { method, model, dataset, ...others };
  await vscode.workspace.fs.writeFile(file, Buffer.from(`${JSON.stringify(options, undefined, 2)}\n`));
  await vscode.window.showTextDocument(file);
  return file.fsPath;
}

/** Makes the paths in options relative to the folder of a run file, so that both can be moved together. */
function withPathsIn(folder: vscode.WorkspaceFolder, options: Partial<RunOptions>): Partial<RunOptions> {
  const { model, dataset } = options;
  const relative = <T extends object>(spec: T): T =>
    'path' in spec && typeof spec.path === 'string'
      ? { ...spec, path: pathIn(folder, vscode.Uri.file(spec.path)) }
      : spec;
  return {
    ...options,
    ...(typeof model === 'object' && { model: relative(model) }),
    ...(typeof dataset === 'object' && { dataset: relative(dataset) }),
  };
}

/** Starts the same run with another seed. Returns its directory. */
export async function otherSeed(services: Services, argument?: unknown): Promise<string | undefined> {
  requireTrust();
  const title = 'Run with Another Seed';
  const run = await runOf(services, argument, title);
  if (!run) return undefined;
  const request = await requestOf(services, run);
  const used = services.runs.all(({ experiment }) => experiment === run.experiment).map(({ seed }) => seed);
  const value = String(Math.max(run.seed, ...used) + 1);
  const bounds = PLAIN_OPTIONS.seed;
  const prompt = `Seed of the new run (${run.name} has seed ${run.seed})`;
  const seed = numberIn(argument, 'seed') ?? (await askInteger({ title, prompt, value, name: 'The seed', bounds }));
  return seed === undefined ? undefined : startRun(services, request(seed));
}

/** Returns the request for the same run with another seed. */
async function requestOf(services: Services, run: ListedRun): Promise<(seed: number) => RunRequest> {
  const { directory, source, sources, kind, options } = run;
  const folder = runsFolderFor(directory);
  if (kind === 'connectivity' || (kind === 'search' && sources.length > 0))
    throw new UserError(
      kind === 'search'
        ? `${run.name} continues from a checkpoint. Use “Continue Search from Checkpoint…” with a run file that has another seed.`
        : `${run.name} is a measurement, which has no seed.`,
    );
  if (source?.from !== 'checkpoint') {
    const base = run.name.replace(/-?seed\d+$/i, '');
    return (seed) => ({ folder, name: `${base}-seed${seed}`, options: { ...options, seed } });
  }
  const { variant, magnitudeSeed, rescale, classifier, initialization, layers, state, mask } = source;
  const { file: optionsFile } = await services.engine.request('run/file', { directory });
  const checkpoint = {
    file: sources[0]?.file ?? source.checkpoint,
    ...(layers !== undefined && { layers }),
    ...(state !== undefined && { state }),
    ...(mask && { mask: mask.checkpoint }),
  };
  return (seed) => ({
    ...{ folder, checkpoint, variant, magnitudeSeed, rescale, classifier, seed, optionsFile },
    initialization: initialization?.checkpoint,
  });
}

/** Shows the directory of a run in the explorer. */
export async function revealRun(services: Services, argument?: unknown): Promise<void> {
  const directory = await runFor(argument, services.runs, { title: 'Reveal in Explorer' });
  if (directory !== undefined) await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(directory));
}

/** Shows the directory of a run in the file manager of the operating system. */
export async function revealRunInOS(services: Services, argument?: unknown): Promise<void> {
  const directory = await runFor(argument, services.runs, { title: 'Open Containing Folder' });
  if (directory !== undefined) await vscode.commands.executeCommand('revealFileInOS', vscode.Uri.file(directory));
}

/** Returns the run in an argument, of a row of several runs the first, or the one that the user picks. */
async function runOf({ runs }: Services, argument: unknown, title: string): Promise<ListedRun | undefined> {
  const directory = directoriesIn(argument, undefined)[0] ?? (await runFor(undefined, runs, { title }));
  if (directory === undefined) return undefined;
  await runs.ready();
  if (!runs.get(directory)) await runs.follow(); // it may be so new that it is not listed yet
  return runs.get(directory);
}
