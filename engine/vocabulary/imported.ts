/** Checkpoints that were imported from other tools. */
import type { Sparsity } from './checkpoint';
import { withoutEnding } from './exportForms';
import type { ModelSpec } from './runOptions';

/** What is known about the file that a checkpoint was imported from. It is in the metadata of the checkpoint, as `imported`. */
export interface ImportedFacts {
  /** Name of the file, without its folder. */
  file: string;
  /** Format of the file, as `inspect` names it. */
  format: string;
  sha256: string;
  /** The file with the masks, if they were in another file. */
  mask?: { file: string; sha256: string };
  /** The path of the state dict in the file, if the user chose one. */
  state?: string;
}

export interface Imported {
  /** Absolute path of the checkpoint that was written. */
  file: string;
  sha256: string;
  model: ModelSpec;
  /** The shape of the images; null if the network takes images of any size and nobody said which. */
  data: { height: number; width: number; channels: number; classes: number } | null;
  sparsity: Sparsity;
  imported: ImportedFacts;
  /** Sentences about what the file does not say, and what was changed. */
  notes: string[];
}

/** Returns the path of the checkpoint if the user names none: `checkpoint_iter3.safetensors` beside `checkpoint_iter3.pth.tar`. */
export function defaultImportPath(source: string): string {
  const file = `${withoutEnding(source)}.safetensors`;
  return file === source ? `${withoutEnding(source)}-imported.safetensors` : file;
}
