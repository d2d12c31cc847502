/** Commands that change what is noted about runs: their star, tags and notes. */
import * as vscode from 'vscode';
import { changeProblem, tagsIn, type NotesChange } from '../engine/vocabulary/runNotes';
import type { ListedRun } from '../engine/protocol';
import { requireTrust } from './runCommands';
import type { Services } from './services';
import { directoriesIn, runFor } from './subjects';

/** Adds a star to runs. Removes it if all of them have one, or if the argument says `star: false`. */
export async function starRun(services: Services, ...given: unknown[]): Promise<void> {
  const runs = await runsFor(services, 'Star', given);
  const wanted = (given[0] as { star?: unknown } | undefined)?.star;
  const star = typeof wanted === 'boolean' ? wanted : runs.some(({ notes }) => !notes?.star);
  await annotate(services, runs, { star });
}

/** Asks for the tags of runs. Tags that only some of the runs have are kept. */
export async function tagRun(services: Services, ...given: unknown[]): Promise<void> {
  const runs = await runsFor(services, 'Tags', given);
  if (runs.length === 0) return;
  const shared = (runs[0]!.notes?.tags ?? []).filter((tag) => runs.every(({ notes }) => notes?.tags?.includes(tag)));
  const text = await ask(`Tags of ${nameOf(runs)}`, shared.join(' '), {
    prompt: 'Words, separated by spaces',
    problemIn: (value) => changeProblem({ addTags: tagsIn(value) }),
  });
  if (text === undefined) return;
  const addTags = tagsIn(text);
  const removeTags = shared.filter((tag) => !addTags.includes(tag));
  await annotate(services, runs, { addTags, removeTags });
}

/** Asks for the note of runs. */
export async function noteRun(services: Services, ...given: unknown[]): Promise<void> {
  const runs = await runsFor(services, 'Note', given);
  if (runs.length === 0) return;
  const [first] = runs;
  const isShared = runs.every(({ notes }) => notes?.text === first!.notes?.text);
  const text = await ask(`Note about ${nameOf(runs)}`, isShared ? (first!.notes?.text ?? '') : '', {
    prompt: 'What is worth remembering',
    problemIn: (value) => changeProblem({ text: value }),
  });
  if (text !== undefined) await annotate(services, runs, { text });
}

/** Returns the runs of the selected rows, of `{ directories }`, or of the argument. The user picks one if there is none. */
async function runsFor({ runs }: Services, title: string, [clicked, selected]: unknown[]): Promise<ListedRun[]> {
  requireTrust();
  const given = directoriesIn(clicked, selected);
  const one = given.length > 0 ? undefined : await runFor(clicked, runs, { title });
  await runs.ready();
  const directories = [...new Set(one === undefined ? given : [one])];
  return directories.flatMap((directory) => runs.get(directory) ?? []);
}

async function annotate({ engine }: Services, runs: readonly ListedRun[], change: NotesChange): Promise<void> {
  for (const { directory } of runs) await engine.request('run/annotate', { directory, change });
}

function nameOf(runs: readonly ListedRun[]): string {
  return runs.length === 1 ? runs[0]!.name : `${runs.length} runs`;
}

async function ask(
  title: string,
  value: string,
  { prompt, problemIn }: { prompt: string; problemIn: (text: string) => string | undefined },
): Promise<string | undefined> {
  return vscode.window.showInputBox({ title, value, prompt, validateInput: problemIn, ignoreFocusOut: true });
}
