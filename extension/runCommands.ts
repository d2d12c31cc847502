/** Commands about runs: start, stop, resume, open. */
import * as vscode from 'vscode';
import type { RunRequest, RunSummary } from '../engine/protocol';
import { nextStep } from '../engine/vocabulary/runStatus';
import { UserError } from './errors';
import { askForRunFile } from './newRun';
import { finishedSentence } from './noticeWords';
import type { Services } from './services';
import { runsFolderFor } from './settings';
import { directoriesIn, fileIn, runFor } from './subjects';

const IN_VIEW = { location: { viewId: 'winningSign.runs' } };

/** Asks for the options, writes a run file and starts the run. If the user has to complete the file, opens it instead. */
export async function newRun(services: Services): Promise<string | undefined> {
  requireTrust();
  const made = await askForRunFile();
  if (!made) return undefined;
  if (made.complete) return startFile(services, made.file.fsPath);
  await vscode.window.showTextDocument(made.file);
  return undefined;
}

/** Starts the given run file, or the one in the editor. */
export async function runFile(services: Services, argument?: unknown): Promise<string | undefined> {
  requireTrust();
  const file = fileIn(argument) ?? vscode.window.activeTextEditor?.document.uri.fsPath;
  if (!file?.endsWith('.sign.json'))
    throw new UserError('No run file is open. Open one (NAME.sign.json), or create one with “Winning Sign: New Run…”.');
  await saveIfOpen(file);
  return startFile(services, file);
}

/** Saves a file with unsaved changes in any editor, because the engine reads the file on disk. */
export async function saveIfOpen(file: string): Promise<void> {
  const open = vscode.workspace.textDocuments.find(({ isDirty, uri }) => isDirty && uri.fsPath === file);
  if (open && !(await open.save())) throw new UserError(`${file} has changes that could not be saved. Save it first.`);
}

function startFile(services: Services, file: string): Promise<string | undefined> {
  services.fileProblems.clear(file);
  return startRun(services, { folder: runsFolderFor(file), file });
}

const START_ANYWAY = 'Start Anyway';

/**
 * Starts a run and shows it. If a run with the same options has finished, shows that run instead. If there are warnings, asks first.
 * Returns undefined if the user does not confirm. In that case, nothing was written.
 */
export async function startRun(services: Services, request: RunRequest): Promise<string | undefined> {
  const start = (confirmed: boolean) =>
    vscode.window.withProgress(IN_VIEW, () => services.engine.request('run/start', { ...request, confirmed }));
  let answer = await start(false);
  if ('warnings' in answer) {
    const detail = [...(answer.inferred ?? []), ...answer.warnings].join('\n\n');
    const yes = answer.warnings.length > 0 ? START_ANYWAY : 'Start';
    const chosen = await vscode.window.showWarningMessage('Start this run?', { modal: true, detail }, yes);
    if (chosen !== yes) return undefined;
    answer = await start(true);
  }
  if (!('directory' in answer)) return undefined;
  await showStarted(services, answer.directory);
  if ('finished' in answer)
    void vscode.window.showInformationMessage(finishedSentence(services.runs.get(answer.directory)));
  return answer.directory;
}

/** Opens the panel of a run that has just started, and selects its row. */
async function showStarted(services: Services, directory: string): Promise<void> {
  await services.runs.ready();
  openRunPanel(services, directory);
  await services.view.reveal(directory);
}

/** Requests runs to stop: those of the given rows, or one that the user picks. Each ends after its current step. */
export async function stop(services: Services, clicked?: unknown, selected?: unknown): Promise<void> {
  requireTrust();
  const directories = await steppable(services, [clicked, selected], { title: 'Stop', step: 'stop' });
  await vscode.window.withProgress(IN_VIEW, () =>
    Promise.all(directories.map((directory) => services.engine.request('run/stop', { directory }))),
  );
}

/** Continues runs from their last saved states. */
export async function resume(services: Services, clicked?: unknown, selected?: unknown): Promise<void> {
  requireTrust();
  const directories = await steppable(services, [clicked, selected], { title: 'Resume', step: 'resume' });
  await vscode.window.withProgress(IN_VIEW, () =>
    Promise.all(directories.map((directory) => services.engine.request('run/resume', { directory }))),
  );
}

/** Returns the runs of the given rows. Of several, leaves out those that do not have this step. */
async function steppable(
  { runs }: Services,
  [clicked, selected]: [unknown, unknown],
  { title, step }: { title: string; step: 'stop' | 'resume' },
): Promise<string[]> {
  const given = directoriesIn(clicked, selected);
  if (given.length === 0) return [await runFor(undefined, runs, { title, step })].filter((one) => one !== undefined);
  if (given.length === 1) return given;
  return given.filter((directory) => {
    const run = runs.get(directory);
    return run && nextStep(run) === step;
  });
}

/** Opens the panel of a run. Several interpolations between two checkpoints that are opened at once share one panel. */
export async function openRun(services: Services, argument?: unknown, selected?: unknown): Promise<void> {
  const given = directoriesIn(argument, selected);
  const picked = given.length > 0 ? undefined : await runFor(undefined, services.runs, { title: 'Open Run' });
  const directories = picked === undefined ? given : [picked];
  if (directories.length === 0) return;
  await services.runs.ready();
  const runs = directories.map((one) => services.runs.get(one));
  if (runs.every((run) => isConnectivity(run) && !run?.ends?.c))
    services.panels.show({ view: 'connectivity', directories });
  else for (const one of directories) openRunPanel(services, one);
}

/** Opens the sign flips of a search. */
export async function showFlips({ runs, panels }: Services, argument?: unknown): Promise<void> {
  const directory = await runFor(argument, runs, { title: 'Show Sign Flips', kinds: ['search', 'train'] });
  if (directory) panels.show({ view: 'flips', directory });
}

function openRunPanel({ panels, runs }: Services, directory: string): void {
  panels.show(
    isConnectivity(runs.get(directory))
      ? { view: 'connectivity', directories: [directory] }
      : { view: 'run', directory },
  );
}

function isConnectivity(run: RunSummary | undefined): boolean {
  return run?.kind === 'connectivity';
}

/** Throws UserError if the workspace is not trusted, because runs read and write paths that files of the workspace name. */
export function requireTrust(): void {
  if (!vscode.workspace.isTrusted)
    throw new UserError(
      'This workspace is not trusted, so it cannot start or change runs. Trust it first (Workspaces: Manage Workspace Trust).',
    );
}
