/** Evaluates and imports checkpoints in a separate process, which may load backends and whole datasets. */
import { ChildError, documentIn, runNode } from '../children';
import { choiceOf } from '../checkpoints/open';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { Evaluation, EvaluationRequest } from '../vocabulary/evaluation';
import type { Imported } from '../vocabulary/imported';
import { CLI } from './detached';
import { asUserError } from './prepare';

interface Apart {
  /** The program of the command line. */
  cli?: string;
  /** Ends the process if it is aborted. */
  signal?: AbortSignal;
}

/** Starts `winning-sign evaluate`. Throws UserError if the checkpoint cannot be evaluated. */
export function evaluateApart(request: EvaluationRequest, apart: Apart = {}): Promise<Evaluation> {
  const { checkpoint, optionsFile, split, reestimate = false } = request;
  const flags = reestimate ? ['--reestimate'] : [];
  return documentOf<Evaluation>('evaluate', { checkpoint, values: { options: optionsFile, split }, flags }, apart);
}

export interface ImportApart {
  checkpoint: CheckpointRef;
  optionsFile?: string;
  out: string;
}

/** Starts `winning-sign import`, which replaces the file `out`. Throws UserError if the file cannot be imported. */
export function importApart({ checkpoint, optionsFile, out }: ImportApart, apart: Apart = {}): Promise<Imported> {
  const values = { options: optionsFile, out };
  return documentOf<Imported>('import', { checkpoint, values, flags: ['--force'] }, apart);
}

async function documentOf<T extends object>(
  verb: string,
  given: { checkpoint: CheckpointRef; values: Record<string, string | undefined>; flags: string[] },
  { cli = CLI, signal }: Apart,
): Promise<T> {
  const { file, ...choice } = choiceOf(given.checkpoint);
  const values: Record<string, string | undefined> = { ...choice, ...given.values };
  const options = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
  const args = [cli, verb, ...options, ...given.flags, '--json', '--', file];
  try {
    const { stdout } = await runNode(args, { tied: true, ...(signal && { signal }) });
    return documentIn(stdout) as T;
  } catch (error) {
    throw error instanceof ChildError ? asUserError(error) : error;
  }
}
