/** Finds and loads our own operations, which were compiled when TensorFlow was installed. Without them, TensorFlow's are used. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { choiceFrom } from '../../environment';
import type { OperationSet } from '../../vocabulary/runEvents';
import { INSTALL, places, readInstalled, tensorFlowHome } from './installed';
import { executableSets } from './instructions';

/** The operations to use. Without any, `problem` says why. */
export type FoundOperations = { set: OperationSet; problem: '' } | { set: undefined; problem: string };

let preferred: OperationSet | 'none' | undefined;
let current: FoundOperations | undefined;

/**
 * Sets the operations to start with, because a run resumes with those it had. Has no effect if the user has set WINNING_SIGN_OPERATIONS, if
 * this machine does not have them, or if TensorFlow has been started.
 */
export function preferOperations(set: OperationSet | undefined): void {
  preferred = set ?? 'none';
}

/** Finds the operations for a device, without loading them. Once they are loaded, returns those. */
export function findOperations(device: string): FoundOperations {
  if (current) return current;
  if (device === 'GPU') return without('Operations of our own are only for the CPU.');
  const wanted = choiceFrom('WINNING_SIGN_OPERATIONS');
  if (wanted === 'none') return without('WINNING_SIGN_OPERATIONS turns operations of our own off.');
  const installed = readInstalled();
  if (!installed) return without(`Operations of our own are missing, which are faster. “${INSTALL}” compiles them.`);
  const { operations } = installed;
  if (!operations)
    return without(`This installation has no operations of our own, which are faster. Run “${INSTALL}” again.`);
  const [first] = operations.sets;
  if (first === undefined)
    return without(
      operations.problems?.join(' ') ?? `Operations of our own were not compiled. Run “${INSTALL}” again.`,
    );
  const usable = executableSets().filter((set) => operations.sets.includes(set) && existsSync(fileOf(set)));
  const [fastest] = usable;
  if (!fastest) return without('Operations of our own are not compiled for the instructions of this processor.');
  if (wanted !== undefined && !usable.includes(wanted))
    return without(`WINNING_SIGN_OPERATIONS is ${wanted}, but this machine has only ${usable.join(' and ')}.`);
  if (wanted === undefined && preferred === 'none') return without('This run began without operations of our own.');
  const set = wanted ?? usable.find((one) => one === preferred) ?? fastest;
  return { set, problem: '' };
}

/** Loads the operations, after TensorFlow and once. */
export function loadOperations(device: string): FoundOperations {
  const found = findOperations(device);
  if (current || !found.set) return (current = found);
  try {
    loadFrom(tensorFlowHome(), found.set);
    return (current = found);
  } catch (error) {
    const why = (error as Error).message.split('\n')[0]!.trim();
    return (current = without(`Operations of our own do not load (${why}). Run “${INSTALL}” again.`));
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

function without(problem: string): FoundOperations {
  return { set: undefined, problem };
}
