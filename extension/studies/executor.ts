/** Asks where a study is executed: on this machine, or with one of the Slurm profiles beside its file. */
import * as path from 'node:path';
import * as vscode from 'vscode';
import type { StudyStart } from '../../engine/protocol';
import { SLURM_ENDING } from './words';

export type StudyExecutor = Pick<StudyStart, 'executor' | 'profile'>;

interface ExecutorChoice extends vscode.QuickPickItem {
  executor: StudyExecutor;
}

/** Asks only if there is a profile. Returns undefined if the user cancels. */
export async function askForExecutor(file: string, title: string): Promise<StudyExecutor | undefined> {
  const folder = path.dirname(file);
  const entries = await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder));
  const profiles = entries
    .map(([name]) => name)
    .filter((name) => name.endsWith(SLURM_ENDING))
    .sort();
  if (profiles.length === 0) return {};
  const choices: ExecutorChoice[] = [
    { label: 'This machine', detail: 'Runs on its processors. Only one process executes a study here.', executor: {} },
    ...profiles.map((name): ExecutorChoice => {
      const profile = path.join(folder, name);
      const detail = `Submits the runs as jobs, with what ${name} asks for. The panel follows the jobs.`;
      return {
        label: `Slurm: ${path.basename(name, SLURM_ENDING)}`,
        detail,
        executor: { executor: 'slurm', profile },
      };
    }),
  ];
  const placeHolder = 'Where the study runs';
  return (await vscode.window.showQuickPick(choices, { title, placeHolder, ignoreFocusOut: true }))?.executor;
}
