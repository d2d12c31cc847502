/** Finds and loads Winning Sign's operations, which were compiled when TensorFlow was installed. Without them, TensorFlow's are used. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { choiceFrom } from '../../environment';
import { UserError } from '../../errors';
import type { OperationSet } from '../../vocabulary/runEvents';
import { INSTALL, places, readInstalled, tensorFlowHome } from './installed';
import { executableSets } from './instructions';
import { hashSources } from './sources';

/** The operations to use. Without any, `problem` says why. `refused`: the user wants a set that cannot be used here. */
export type FoundOperations =
  | { set: OperationSet; problem: ''; sources?: string }
  | { set: undefined; problem: string; refused?: boolean; sources?: undefined };

let preferred: OperationSet | 'none' | undefined;
let current: FoundOperations | undefined;

/**
 * Sets the operations to start with, because a run resumes with those it had; undefined for the fastest. Has no effect if the user has set
 * WINNING_SIGN_OPERATIONS, if this machine does not have them, or if TensorFlow has been started.
 */
export function preferOperations(set: OperationSet | 'none' | undefined): void {
  preferred = set;
}

/** Finds the operations for a device, without loading them. Once they are loaded, returns those. */
export function findOperations(device: string): FoundOperations {
  if (current) return current;
  if (device === 'GPU') return without("Winning Sign's operations are only for the CPU.");
  const wanted = choiceFrom('WINNING_SIGN_OPERATIONS');
  if (wanted === 'none') return without("WINNING_SIGN_OPERATIONS turns Winning Sign's operations off.");
  const { usable, problem, sources } = usableSets();
  if (wanted !== undefined && !usable.includes(wanted))
    return { ...without(refusal(wanted, usable, problem)), refused: true };
  const [fastest] = usable;
  if (!fastest) return without(problem);
  if (wanted === undefined && preferred === 'none') return without("This run began without Winning Sign's operations.");
  const set = wanted ?? usable.find((one) => one === preferred) ?? fastest;
  return { set, problem: '', ...(sources !== undefined && { sources }) };
}

/** Returns the sets that are installed and that this processor can execute, the fastest first. `problem` says why others are missing. */
function usableSets(): { usable: OperationSet[]; problem: string; sources?: string } {
  const installed = readInstalled();
  if (!installed)
    return { usable: [], problem: `Winning Sign's faster operations are not installed. “${INSTALL}” compiles them.` };
  const { operations } = installed;
  if (!operations)
    return { usable: [], problem: `This installation lacks Winning Sign's faster operations. Run “${INSTALL}” again.` };
  const { sets, problems = [], sources } = operations;
  if (sources !== hashSources())
    return {
      usable: [],
      problem: `Another version of Winning Sign compiled its operations. Run “${INSTALL}” again.`,
    };
  if (sets.length === 0)
    return {
      usable: [],
      problem: problems.join(' ') || `Winning Sign's operations were not compiled. Run “${INSTALL}” again.`,
    };
  const usable = executableSets().filter((set) => sets.includes(set) && existsSync(fileOf(set)));
  const reasons = usable.length > 0 ? problems : ["This processor can execute none of Winning Sign's operations."];
  return { usable, problem: reasons.join(' '), sources };
}

function refusal(wanted: OperationSet, usable: readonly OperationSet[], problem: string): string {
  const choices = [...usable, 'none'].join(' or ');
  const executable = executableSets().includes(wanted);
  const reason = executable ? 'it is not installed here' : 'this processor cannot execute it';
  const why = executable && problem ? ` ${problem}` : '';
  return `WINNING_SIGN_OPERATIONS is ${wanted}, but ${reason}.${why} Set it to ${choices}, or unset it.`;
}

/** Returns the operations for a device. Throws UserError if WINNING_SIGN_OPERATIONS names a set that cannot be used here. */
export function requireOperations(device: string): FoundOperations {
  const found = findOperations(device);
  if (!found.set && found.refused) throw new UserError(found.problem);
  return found;
}

/** Loads the operations, after TensorFlow and once. Throws UserError if WINNING_SIGN_OPERATIONS names a set that cannot be used here. */
export function loadOperations(device: string): FoundOperations {
  const found = requireOperations(device);
  if (current || !found.set) return (current = found);
  try {
    loadFrom(tensorFlowHome(), found.set);
    return (current = found);
  } catch (error) {
    const why = (error as Error).message.split('\n')[0]!.trim();
    const problem = `Winning Sign's operations for ${found.set} do not load (${why}). Run “${INSTALL}” again.`;
    if (choiceFrom('WINNING_SIGN_OPERATIONS') !== undefined) throw new UserError(problem, { cause: error });
    return (current = without(problem));
  }
}

/** Loads the operations of an installation. Throws if they do not load. */
export function loadFrom(home: string, set: OperationSet): void {
  const require = createRequire(places.addon(home));
  require(places.operations(home, set));
}

function fileOf(set: OperationSet): string {
  return places.operations(tensorFlowHome(), set);
}

function without(problem: string) {
  return { set: undefined, problem };
}
