/** Calls the programs of Slurm. */
import { ChildError, runChild } from '../../children';
import { MachineError, UserError } from '../../errors';

export type SlurmProgram = 'sbatch' | 'squeue' | 'sacct' | 'scontrol' | 'scancel';

/** Calls a program of Slurm and returns its standard output. `allow` is given the error output of a failure that is no error. */
export type Slurm = (program: SlurmProgram, args: readonly string[]) => Promise<string>;

/** Time for an answer. The controller of a busy cluster may need long. */
const LIMIT_MS = 120_000;

const LOGIN_NODE = 'Use a login node of the cluster, or run the study on this machine';
const HERE = { terminal: `${LOGIN_NODE}, without --executor slurm.`, window: `${LOGIN_NODE}.` };

/** Calls the programs that are installed here. Throws UserError if there is no Slurm here, and MachineError if it does not answer. */
export const slurmHere: Slurm = async (program, args) => {
  try {
    return (await runChild(program, args, { env: environment(), timeLimitMs: LIMIT_MS })).stdout;
  } catch (error) {
    if (!(error instanceof ChildError)) throw error;
    if (error.absent)
      throw new UserError(`${program} was not found, so there is no Slurm here.`, { advice: HERE, cause: error });
    if (error.lastLine.includes('configuration source'))
      throw new UserError(`This machine belongs to no Slurm cluster (${program}: ${error.lastLine}).`, {
        advice: HERE,
        cause: error,
      });
    throw new MachineError(`Slurm refused (${program}): ${error.lastLine}`, { cause: error });
  }
};

/**
 * Returns changes of the environment. A job gets the environment of its submission, so a submission from inside a task of an array would
 * make a single job think that it is that task. Times must be dates.
 */
export function environment(): NodeJS.ProcessEnv {
  const inherited = Object.keys(process.env).filter((name) => /^(SLURM_ARRAY_|SBATCH_ARRAY_|SLURM_RESTART_COUNT$)/.test(name)); // prettier-ignore
  return { SLURM_TIME_FORMAT: 'standard', ...Object.fromEntries(inherited.map((name) => [name, undefined])) };
}

/** Returns how many tasks an array may have, by `MaxArraySize`; 1 if arrays are not possible. */
export async function arraySizeOf(slurm: Slurm): Promise<number> {
  const size = Number(/^MaxArraySize\s*=\s*(\d+)/m.exec(await slurm('scontrol', ['show', 'config']))?.[1] ?? 1);
  return Math.max(1, Math.min(size, MOST_TASKS));
}

/** A script names all runs of its array, and Slurm limits the size of scripts (4 MB by default). */
const MOST_TASKS = 5_000;

/** Returns how many seconds a cancelled job gets to save its state, by `KillWait`. */
export async function killWaitOf(slurm: Slurm): Promise<number> {
  return Number(/^KillWait\s*=\s*(\d+)/m.exec(await slurm('scontrol', ['show', 'config']))?.[1] ?? 30);
}
