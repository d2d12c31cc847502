/** Prepares a run for the command palette: checks the request like the command line, and makes the run directory. */
import path from 'node:path';
import { holdingFiles } from '../checkpoints/heldFiles';
import { ChildError, documentIn, runNode } from '../children';
import { FileError, UserError } from '../errors';
import type { Problem } from '../vocabulary/problems';
import type { Prepared, RunRequest } from '../vocabulary/runRequest';
import { draftTransfer } from './derivedDrafts';
import { draftFromOptions, makeRun, type Draft } from './drafts';
import { draftConnectivity, draftSurface } from './measurementDrafts';
import { draftFromFile } from './repeat';
import { CLI } from './detached';
import { preflight, type PreflightOptions } from './preflight';

/** The verb of the command line that runs `prepareHere`. */
export const PREPARE_VERB = 'prepare-run';

interface Task {
  request: RunRequest;
  /** Whether to make the run in spite of warnings. */
  confirmed: boolean;
}

/** Prepares a run in a separate process, which may load backends and whole datasets. Throws UserError if the run cannot begin. */
export async function prepareRun(request: RunRequest, confirmed: boolean, signal?: AbortSignal): Promise<Prepared> {
  const task: Task = { request, confirmed };
  const args = [CLI, PREPARE_VERB, JSON.stringify(task), '--json'];
  try {
    const { stdout } = await runNode(args, { tied: true, ...(signal && { signal }) });
    return documentIn(stdout) as Prepared;
  } catch (error) {
    throw error instanceof ChildError ? asUserError(error) : error;
  }
}

/** Runs in the separate process: checks the run and makes its directory. `task` is a `Task` as JSON. */
export function prepareHere(task: string, options: PreflightOptions): Promise<Prepared> {
  process.once('disconnect', () => process.exit(1)); // the parent has ended
  return holdingFiles(() => prepareTask(JSON.parse(task) as Task, options));
}

async function prepareTask({ request, confirmed }: Task, options: PreflightOptions): Promise<Prepared> {
  const draft = await draftOf(request);
  const found = await preflight(draft, options);
  const { warnings, inferred } = found ?? { warnings: [], inferred: [] };
  const asks = warnings.length + inferred.length > 0 && !confirmed;
  return asks ? { warnings, ...(inferred.length > 0 && { inferred }) } : { directory: await makeRun(draft) };
}

function draftOf(request: RunRequest): Promise<Draft> {
  const { folder } = request;
  if ('file' in request) return draftFromFile({ folder }, request.file, { from: request.from });
  if ('checkpoint' in request) return draftTransfer({ folder }, request);
  if ('c' in request) return draftSurface({ folder }, request);
  if ('a' in request) return draftConnectivity({ folder }, request);
  const { name, options } = request;
  return draftFromOptions({ folder }, name, { options, origin: path.join(path.dirname(folder), `${name}.sign.json`) });
}

/** The error that a verb prints with `--json`. */
interface PrintedError {
  kind: string;
  message: string;
  /** The message in the words of VS Code, if they differ. */
  window?: string;
  problems?: (Problem & { file: string })[];
}

/** Converts the failure of a verb with `--json` in a separate process to the error that the verb printed. */
export function asUserError(error: ChildError): Error {
  try {
    const { error: printed } = documentIn(error.output.stdout) as { error?: PrintedError };
    const problems = printed?.problems ?? [];
    const [first] = problems;
    if (first) return new FileError(first.file, problems, { cause: error });
    if (printed?.kind === 'input') return new UserError(printed.window ?? printed.message, { cause: error });
  } catch {
    // The process crashed without printing a document; the error describes that.
  }
  return new Error(error.output.stderr.trim() || error.message, { cause: error });
}
