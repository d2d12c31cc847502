/** Commands that make, start and stop studies. */
import * as vscode from 'vscode';
import type { StudyPlan, StudyStart } from '../../engine/protocol';
import { UserError } from '../errors';
import { requireTrust, saveIfOpen } from '../runCommands';
import type { Services } from '../services';
import { askForExecutor, type StudyExecutor } from './executor';
import { askForLimits, type StudyLimits } from './limits';
import { askForStudyFile } from './newStudy';
import { STUDY_ENDING, studyFor, type StudyList } from './subject';
import { canResume, canRetry, count, limitsTexts, nodesToRetry, planText } from './words';

const START = 'Start';
const SUBMIT = 'Submit';
const OPEN_FILE = 'Open File';
const LIMITS = 'Limits…';

/** The services that start a study. */
export interface Starting {
  engine: Pick<Services['engine'], 'request'>;
  panels: Pick<Services['panels'], 'show'>;
  studies: StudyList & Pick<Services['studies'], 'started'>;
  fileProblems: Pick<Services['fileProblems'], 'clear'>;
}

/** Asks for a template, a scale and a name, writes the study file, and shows what it will run. */
export async function newStudy(services: Services): Promise<string | undefined> {
  requireTrust();
  const file = await askForStudyFile(services.engine);
  if (file === undefined) return undefined;
  await planAndStart(services, file, { title: 'New Study', others: [OPEN_FILE] });
  return file;
}

/** Shows what a study will run, and starts it after a confirmation. */
export async function runStudy(services: Services, argument?: unknown): Promise<string | undefined> {
  requireTrust();
  const wanted = { title: 'Run Study', wanted: ({ executing }: { executing: boolean }) => !executing };
  const file = await studyFor(argument, services.studies, {
    ...wanted,
    none: 'There is no study to run. Create one with “Winning Sign: New Study…”, or wait for those that are running.',
  });
  if (file === undefined) return undefined;
  await saveIfOpen(file);
  return (await planAndStart(services, file, { title: 'Run Study' })) ? file : undefined;
}

/** Continues a study that was stopped or interrupted. Asks only where, if there is a choice. */
export async function resumeStudy(services: Services, argument?: unknown): Promise<void> {
  requireTrust();
  const none = 'There is no study to resume, because none was stopped or interrupted.';
  const file = await studyFor(argument, services.studies, { title: 'Resume Study', wanted: canResume, none });
  const executor = file === undefined ? undefined : await askForExecutor(file, 'Resume Study');
  if (file !== undefined && executor) await start(services, { file, ...executor });
}

/** Asks the process of a study to stop. The states of its runs are saved first. */
export async function stopStudy({ engine, studies }: Services, argument?: unknown): Promise<void> {
  requireTrust();
  const file = await studyFor(argument, studies, {
    title: 'Stop Study',
    wanted: ({ executing }) => executing,
    none: 'There is no study to stop, because none is running.',
  });
  if (file === undefined) return;
  const { stopping, message } = await engine.request('study/stop', { file });
  if (!stopping) throw new UserError(message);
}

/** Asks for nodes of a study, and executes only their runs and those that they need. */
export async function runStudyPart(services: Services, argument?: unknown): Promise<void> {
  requireTrust();
  const title = 'Run Only a Part';
  const file = await studyFor(argument, services.studies, { title, wanted: ({ executing }) => !executing });
  if (file === undefined) return;
  await saveIfOpen(file);
  const { runs } = await services.engine.request('study/snapshot', { file, once: true });
  const nodes = [...new Set(runs.map(({ node }) => node))].map((label) => {
    const own = runs.filter(({ node }) => node === label);
    const ended = own.filter(({ status }) => status === 'done' || status === 'diverged').length;
    return { label, description: `${own[0]!.kind}, ${count(own.length, 'run')}, ${ended} ended` };
  });
  const placeHolder = 'Nodes to run, with the runs that they need';
  const picked = await vscode.window.showQuickPick(nodes, { title, placeHolder, canPickMany: true });
  if (!picked || picked.length === 0) return;
  const executor = await askForExecutor(file, title);
  if (executor) await start(services, { file, ...executor, only: picked.map(({ label }) => label) });
}

/** Asks for nodes with runs that failed or diverged, moves these runs aside, and executes them anew with everything that is left. */
export async function retryStudy(services: Starting, argument?: unknown): Promise<void> {
  requireTrust();
  const title = 'Run Again What Failed';
  const none = 'There is nothing to run again, because no run of a study failed or diverged.';
  const file = await studyFor(argument, services.studies, { title, wanted: canRetry, none });
  if (file === undefined) return;
  await saveIfOpen(file);
  const nodes = nodesToRetry((await services.engine.request('study/snapshot', { file, once: true })).runs);
  if (nodes.length === 0)
    throw new UserError(`${nameOf(file)}: no run failed or diverged. To continue it, use “Resume Study”.`);
  const placeHolder = 'Their folders are renamed and kept; then the runs begin anew';
  const picks = nodes.map((node) => ({ ...node, picked: true }));
  const picked = await vscode.window.showQuickPick(picks, { title, placeHolder, canPickMany: true });
  if (!picked || picked.length === 0) return;
  await start(services, { file, retry: picked.map(({ label }) => label) });
}

/** Opens the panel of a study. */
export async function openStudy({ panels, studies }: Services, argument?: unknown): Promise<void> {
  const file = await studyFor(argument, studies, { title: 'Open Study' });
  if (file !== undefined) panels.show({ view: 'study', file });
}

/** Returns whether the study was started. */
async function planAndStart(
  services: Services,
  file: string,
  { title, others = [] }: { title: string; others?: string[] },
): Promise<boolean> {
  const executor = await askForExecutor(file, title);
  if (!executor) return false;
  return confirm(services, file, { executor, others, limits: {} });
}

/** Shows the plan until the user starts it, limits what it uses of this machine, or leaves. Returns whether the study was started. */
async function confirm(
  services: Services,
  file: string,
  given: { executor: StudyExecutor; others: string[]; limits: StudyLimits },
): Promise<boolean> {
  const { executor, others, limits } = given;
  const name = nameOf(file);
  services.fileProblems.clear(file);
  const plan = await planWithProgress(services, file, limits);
  if (!plan) return false;
  if (plan.existing === plan.runs) {
    const sentence = `${name} is done: all of its ${count(plan.runs, 'run')} have ended.`;
    if (await vscode.window.showInformationMessage(sentence, 'Open')) services.panels.show({ view: 'study', file });
    return false;
  }
  const detail = [planText(plan, executor.profile), ...limitsTexts(limits)].join('\n');
  const [question, yes, ways] = executor.profile
    ? [`Submit the study ${name} to Slurm?`, SUBMIT, others]
    : [`Run the study ${name}?`, START, [LIMITS, ...others]];
  const chosen = await vscode.window.showInformationMessage(question, { modal: true, detail }, yes, ...ways);
  if (chosen === OPEN_FILE) await vscode.window.showTextDocument(vscode.Uri.file(file));
  if (chosen === LIMITS) {
    const changed = await askForLimits(`Limits of ${name}`, limits);
    return confirm(services, file, { ...given, limits: changed ?? limits });
  }
  if (chosen !== yes) return false;
  await start(services, { file, ...executor, ...limits });
  return true;
}

/** Returns the plan; undefined if the user cancels. */
async function planWithProgress(
  { engine }: Services,
  file: string,
  { cores }: StudyLimits,
): Promise<StudyPlan | undefined> {
  const title = `Planning ${nameOf(file)}: measuring the speed of its networks`;
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (_, token) => {
    try {
      return await engine.request('study/plan', { file, ...(cores !== undefined && { cores }) }, token);
    } catch (error) {
      if (token.isCancellationRequested) return undefined;
      throw error;
    }
  });
}

/** Starts the process of a study or submits its runs, and opens the panel. */
async function start({ engine, panels, studies, fileProblems }: Starting, request: StudyStart): Promise<void> {
  const { file, only, executor } = request;
  fileProblems.clear(file);
  const title = `${executor === 'slurm' ? 'Submitting' : 'Starting'} ${nameOf(file)}`;
  const options = { location: vscode.ProgressLocation.Window, title };
  const { message } = await vscode.window.withProgress(options, () => engine.request('study/start', request));
  studies.started(file, only !== undefined);
  panels.show({ view: 'study', file });
  if (message !== undefined) void vscode.window.showInformationMessage(`${nameOf(file)}: ${message}`);
}

function nameOf(file: string): string {
  return file.replace(/^.*[\\/]/, '').replace(STUDY_ENDING, '');
}
