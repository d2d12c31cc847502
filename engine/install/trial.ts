/** Tries a new installation of TensorFlow in separate processes, because a native library may end the process. */
import { rm } from 'node:fs/promises';
import { executableSets } from '../backends/tensorflow/instructions';
import { places, type BuiltOperations } from '../backends/tensorflow/installed';
import { ChildError, documentIn, runNode } from '../children';
import { UserError } from '../errors';
import type { OperationSet } from '../vocabulary/runEvents';

export interface TrialOptions {
  /** The program of the command line. */
  cli: string;
  signal?: AbortSignal;
}

/** Loads an installation and computes with it. Returns its version and device. Throws UserError if it does not work. */
export async function tryInstallation(home: string, options: TrialOptions) {
  try {
    return await tryWith('none', home, options);
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    throw new UserError(
      `The addon for TensorFlow was compiled, but a test of it failed on this machine: ${wordsOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

/**
 * Computes with each compiled set that this processor can execute, and removes those that fail. Sets for other processors remain untried.
 */
export async function tryOperations(
  home: string,
  { sets, problems = [], ...rest }: BuiltOperations,
  options: TrialOptions,
): Promise<BuiltOperations> {
  const failures = new Map<OperationSet, string>();
  for (const set of executableSets().filter((one) => sets.includes(one)))
    try {
      await tryWith(set, home, options);
    } catch (error) {
      if (!(error instanceof ChildError)) throw error;
      await rm(places.operations(home, set), { force: true });
      failures.set(set, `Winning Sign's operations for ${set} failed a test on this machine (${wordsOf(error)}).`);
    }
  return { ...rest, sets: sets.filter((set) => !failures.has(set)), problems: [...problems, ...failures.values()] };
}

async function tryWith(operations: OperationSet | 'none', home: string, { cli, signal }: TrialOptions) {
  const env = { TF_CPP_MIN_LOG_LEVEL: '2', WINNING_SIGN_OPERATIONS: operations };
  const { stdout } = await runNode([cli, 'backends', 'try', home, '--json'], { signal, env });
  return documentIn(stdout) as { version: string; device: string };
}

/** Returns the error message that the command line printed, or how the process ended. */
function wordsOf({ output, lastLine }: ChildError): string {
  const [, message] = /"message":("(?:[^"\\]|\\.)*")/.exec(output.stdout) ?? [];
  return message === undefined ? lastLine : (JSON.parse(message) as string).split('\n')[0]!;
}
