/** Evaluates a checkpoint in a separate process, which may load backends and whole datasets. */
import { ChildError, documentIn, runNode } from '../children';
import { choiceOf } from '../checkpoints/open';
import type { Evaluation, EvaluationRequest } from '../vocabulary/evaluation';
import { CLI } from './launch';
import { asUserError } from './prepare';

/** Starts `winning-sign evaluate`. Throws UserError if the checkpoint cannot be evaluated. An aborted signal ends the process. */
export async function evaluateApart(
  request: EvaluationRequest,
  { cli = CLI, signal }: { cli?: string; signal?: AbortSignal } = {},
): Promise<Evaluation> {
  const { checkpoint, optionsFile, split, reestimate = false } = request;
  const { file, layers, mask, state } = choiceOf(checkpoint);
  const values = { options: optionsFile, split, layers, mask, state };
  const options = Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  );
  const args = [cli, 'evaluate', ...options, ...(reestimate ? ['--reestimate'] : []), '--json', '--', file];
  try {
    const { stdout } = await runNode(args, { tied: true, ...(signal && { signal }) });
    return documentIn(stdout) as Evaluation;
  } catch (error) {
    throw error instanceof ChildError ? asUserError(error) : error;
  }
}
