import type * as vscode from 'vscode';
import type { CheckpointRef } from '../engine/protocol';
import type { FileChoices as Choices } from '../webview/protocol';
import { pathKey } from './paths';

const KEY = 'fileChoices';

/** Number of files whose choices are remembered. */
const MOST_FILES = 500;

/** Remembers the choices of the user for checkpoints, such as the rule for prunable layers. The workspace stores them. */
export class FileChoices {
  constructor(private readonly memory: vscode.Memento) {}

  /** Returns the choices for a file. Undefined if all are the default. */
  of(file: string): Choices | undefined {
    return this.#all[pathKey(file)];
  }

  /** Returns a reference to a file with its choices, so that a run uses what the panel of the file shows. */
  chosen(file: string): CheckpointRef {
    return { file, ...this.of(file) };
  }

  /** Stores the choices for a file. If there are too many files, the one that was changed longest ago is forgotten. */
  set(file: string, choices: Choices): void {
    const key = pathKey(file);
    const others = Object.entries(this.#all).filter(([other]) => other !== key);
    const entry = Object.keys(choices).length > 0 ? [[key, choices] as const] : [];
    void this.memory.update(KEY, Object.fromEntries([...others, ...entry].slice(-MOST_FILES)));
  }

  get #all(): Record<string, Choices> {
    return this.memory.get<Record<string, Choices>>(KEY, {});
  }
}
