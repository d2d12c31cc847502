/** Asks how many processors and how much memory of this machine a study may use. */
import * as vscode from 'vscode';
import type { StudyStart } from '../../engine/protocol';
import { wholeNumberProblem } from '../wholeNumber';

/** A limit that is absent is that of the machine. */
export type StudyLimits = Pick<StudyStart, 'cores' | 'memory'>;

/** The limits of the options `--cores` and `--memory`. */
const BOUNDS = { cores: { minimum: 1, maximum: 256 }, memory: { minimum: 1, maximum: 1e6 } } as const;

/** Asks for both limits, with those of now as proposals. Returns undefined if the user cancels. */
export async function askForLimits(title: string, now: StudyLimits): Promise<StudyLimits | undefined> {
  const cores = await ask('cores', { title, prompt: 'Processors to use. Empty: all of this machine.', now });
  if (cores === undefined) return undefined;
  const prompt = 'Gigabytes of memory that all runs use together. Empty: what is free.';
  const memory = await ask('memory', { title, prompt, now });
  return memory && { ...cores, ...memory };
}

async function ask(
  name: keyof StudyLimits,
  { title, prompt, now }: { title: string; prompt: string; now: StudyLimits },
): Promise<StudyLimits | undefined> {
  const value = now[name]?.toString() ?? '';
  const what = name === 'cores' ? 'The number of processors' : 'The memory';
  const validateInput = (text: string) => (text === '' ? undefined : wholeNumberProblem(text, what, BOUNDS[name]));
  const text = await vscode.window.showInputBox({ title, prompt, value, validateInput, ignoreFocusOut: true });
  if (text === undefined) return undefined;
  return text === '' ? {} : { [name]: Number(text) };
}
