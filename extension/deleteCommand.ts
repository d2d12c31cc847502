import * as vscode from 'vscode';
import { UserError } from './errors';
import { pathKey } from './paths';
import { requireTrust } from './runCommands';
import type { Services } from './services';
import { directoriesIn, runFor } from './subjects';

/** Greatest number of runs that the question names. */
const MOST_NAMED = 8;
const TO_TRASH = 'Move to Trash';
const FOR_EVER = 'Delete Permanently';

/**
 * Moves the directories of runs to the trash after the user has confirmed: those of the clicked and selected rows, else of the selection in
 * the tree, else of a run that the user picks. Never deletes a run whose process is running.
 */
export async function deleteRuns(services: Services, clicked?: unknown, selected?: unknown): Promise<void> {
  requireTrust();
  const directories = await directoriesFor(services, clicked, selected);
  if (directories.length === 0) return;
  await refuseRunning(services, directories);
  const [first] = directories as [string];
  const question = `Delete ${directories.length === 1 ? nameOf(services, first) : `${directories.length} runs`}?`;
  const detail = detailOf(services, directories);
  if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, TO_TRASH)) !== TO_TRASH) return;
  await refuseRunning(services, directories); // one may have been started meanwhile
  try {
    await removeAll(services, directories);
  } finally {
    await services.runs.follow();
  }
}

/** Moves directories to the trash, then asks once about all of those for which that failed. */
async function removeAll(services: Services, directories: readonly string[]): Promise<void> {
  const left: string[] = [];
  const problems = new Set<string>();
  for (const directory of directories) {
    const problem = await remove(vscode.Uri.file(directory), true);
    if (problem === undefined) continue;
    left.push(directory);
    problems.add(problem);
  }
  if (left.length === 0 || !(await confirmsPermanent(services, left, [...problems]))) return;
  await refuseRunning(services, left);
  for (const directory of left) {
    const problem = await remove(vscode.Uri.file(directory), false);
    if (problem !== undefined) throw new UserError(`${directory}: cannot be deleted. ${problem}`);
  }
}

async function directoriesFor(services: Services, clicked: unknown, selected: unknown): Promise<string[]> {
  const rows = selected ?? (clicked === undefined ? services.view.selection : undefined);
  const given = directoriesIn(clicked, rows);
  if (given.length > 0) return given;
  if (clicked !== undefined || (Array.isArray(rows) && rows.length > 0))
    throw new UserError('The selected row is not a run, so it cannot be deleted. Select a run.');
  const picked = await runFor(undefined, services.runs, { title: 'Delete Run' });
  return picked === undefined ? [] : [picked];
}

async function refuseRunning(services: Services, directories: readonly string[]): Promise<void> {
  for (const directory of directories) {
    const { held } = await services.engine.request('run/held', { directory });
    if (held) throw new UserError(`${nameOf(services, directory)} is running, so it cannot be deleted. Stop it first.`);
  }
}

/** Names the runs, and says how many others were made from them. */
function detailOf(services: Services, directories: readonly string[]): string {
  const deleted = new Set(directories.map(pathKey));
  const made = services.runs.all(
    ({ directory, sources }) =>
      !deleted.has(pathKey(directory)) && sources.some(({ run }) => run !== undefined && deleted.has(pathKey(run))),
  );
  return [
    ...(directories.length > 1 ? [namesOf(services, directories)] : []),
    directories.length > 1 ? 'Their checkpoints and logs are deleted.' : 'Its checkpoints and its log are deleted.',
    ...(made.length > 0
      ? [
          `${made.length} other ${made.length === 1 ? 'run was' : 'runs were'} made from these checkpoints, and will not be deleted.`,
        ]
      : []),
  ].join('\n\n');
}

/** Returns the names of the first runs, one a line, and the number of the others. */
function namesOf(services: Services, directories: readonly string[]): string {
  const names = directories.slice(0, MOST_NAMED).map((directory) => nameOf(services, directory));
  const more = directories.length - names.length;
  return [...names, ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}

function nameOf({ runs }: Services, directory: string): string {
  return runs.get(directory)?.name ?? directory;
}

/** Returns why a directory was not removed. */
async function remove(uri: vscode.Uri, useTrash: boolean): Promise<string | undefined> {
  try {
    await vscode.workspace.fs.delete(uri, { recursive: true, useTrash });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** File systems of remote machines may have no trash. */
async function confirmsPermanent(
  services: Services,
  directories: readonly string[],
  problems: readonly string[],
): Promise<boolean> {
  const isOne = directories.length === 1;
  const detail = [namesOf(services, directories), ...problems].join('\n\n');
  const options = { modal: true, detail };
  const question = isOne
    ? 'The run could not be moved to the trash. Delete it permanently?'
    : `${directories.length} runs could not be moved to the trash. Delete all ${directories.length} permanently?`;
  return (await vscode.window.showWarningMessage(question, options, FOR_EVER)) === FOR_EVER;
}
