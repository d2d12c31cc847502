/** New Study: asks for a template, a scale and the name of the file, and writes the study file. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { EngineClient } from '../engine';
import { workspaceFolder } from '../newRun';
import { STUDY_ENDING } from './subject';

const STEPS = 3;

/** Returns the path of the new file. Undefined if the user cancels. */
export async function askForStudyFile(engine: Pick<EngineClient, 'request'>): Promise<string | undefined> {
  const folder = await workspaceFolder('Workspace folder to store the study in');
  if (!folder) return undefined;
  const { templates, scales } = await engine.request('study/templates', {});
  const rows = templates.map((template) => ({ label: template.name, detail: template.question, template }));
  const template = (await pick(rows, { step: 1, placeHolder: 'Question' }))?.template;
  if (!template) return undefined;
  const offered = scales.filter(({ name }) => template.scales.includes(name));
  const scale = await pick(
    offered.map(({ name, description }) => ({ label: name, detail: description })),
    { step: 2, placeHolder: 'Scale' },
  );
  if (!scale) return undefined;
  const file = await askForName(folder, path.posix.basename(template.name));
  if (file === undefined) return undefined;
  return (await engine.request('study/new', { template: template.name, scale: scale.label, file })).file;
}

function pick<T extends vscode.QuickPickItem>(
  rows: T[],
  { step, placeHolder }: { step: number; placeHolder: string },
): Thenable<T | undefined> {
  const options = { title: titleOf(step), placeHolder, matchOnDetail: true, ignoreFocusOut: true };
  return vscode.window.showQuickPick(rows, options);
}

/** Asks for the name of the study. The proposed name is free. */
async function askForName({ uri }: vscode.WorkspaceFolder, proposed: string): Promise<string | undefined> {
  const taken = new Set(
    (await vscode.workspace.fs.readDirectory(uri)).map(([name]) => name).filter((name) => name.endsWith(STUDY_ENDING)),
  );
  const isFree = (name: string) => !taken.has(`${name}${STUDY_ENDING}`);
  let value = proposed;
  for (let number = 2; !isFree(value); number++) value = `${proposed}-${number}`;
  const name = await vscode.window.showInputBox({
    title: titleOf(3),
    prompt: `Name of the study. The file is NAME${STUDY_ENDING}, in ${uri.fsPath}.`,
    value,
    ignoreFocusOut: true,
    validateInput: (given) => nameProblem(given, isFree),
  });
  return name === undefined ? undefined : path.join(uri.fsPath, `${name}${STUDY_ENDING}`);
}

/** Returns what is wrong with the name of a new study, or undefined. */
export function nameProblem(name: string, isFree: (name: string) => boolean): string | undefined {
  if (name.trim() === '') return 'Type a name.';
  if (/[\\/:*?"<>|]/.test(name) || name.startsWith('.')) return 'Use a name that is valid for a file, without a path.';
  return isFree(name) ? undefined : `${name}${STUDY_ENDING} exists. Type another name.`;
}

function titleOf(step: number): string {
  return `New Study (${step}/${STEPS})`;
}
