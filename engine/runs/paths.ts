/** Defines the names of all files in a run directory. No other module may use these names. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DROPPED_LIST } from '../checkpoints/dropped';

/** Default folder of runs in a workspace. */
export const RUNS_FOLDER = '.winning-sign';

export const paths = {
  record: (directory: string) => path.join(directory, 'run.json'),
  events: (directory: string) => path.join(directory, 'events.jsonl'),
  /** The digest of a long log, so that the log is not read again. */
  digest: (directory: string) => path.join(directory, 'events.digest.json'),
  /** What lists show of a run that has ended, so that its log is not read again. */
  summary: (directory: string) => path.join(directory, 'summary.json'),
  /** Star, tags and text of the user. */
  notes: (directory: string) => path.join(directory, 'notes.json'),
  lock: (directory: string) => path.join(directory, 'lock'),
  /** Exists for a moment while a process replaces a stale lock. */
  takeover: (directory: string) => path.join(directory, 'lock.takeover'),
  /** Asks a runner to stop. Any machine with access to the directory can create it. */
  stop: (directory: string) => path.join(directory, 'stop'),
  /** The output of a runner that has no terminal. */
  log: (directory: string) => path.join(directory, 'runner.log'),
  state: (directory: string) => path.join(directory, STATE),
  /** The checkpoints that the rule `keep` of a study has dropped. */
  dropped: (directory: string) => path.join(directory, DROPPED_LIST),
  checkpoint: (directory: string, name: string) => path.join(directory, name),
  /** All folders that a runner writes to. */
  written: (directory: string) => [directory, path.join(directory, 'state'), path.join(directory, 'checkpoints')],
} as const;

/** Returns the file of the rewind point of an imp search. Versions up to 0.1 kept it outside the folder of checkpoints. */
export function rewindPointIn(directory: string): string {
  const former = path.join(directory, 'state', 'rewind.safetensors');
  const file = paths.checkpoint(directory, REWIND_POINT);
  return existsSync(former) && !existsSync(file) ? former : file;
}

/** The saved state, relative to the run directory. */
export const STATE = 'state/training.safetensors';
/** The initialization, relative to the run directory. */
export const INITIALIZATION = 'checkpoints/init.safetensors';
/** For imp with a `rewindStep`: the network to which the kept weights are rewound. */
export const REWIND_POINT = 'checkpoints/rewind.safetensors';
export const FINAL = 'checkpoints/final.safetensors';
export const checkpointOfRound = (round: number): string =>
  `checkpoints/round-${String(round).padStart(2, '0')}.safetensors`;

/** Returns the files of a run, except its record, that exist in a directory. */
export function tracesOf(directory: string): string[] {
  const files = [paths.events(directory), paths.state(directory), paths.checkpoint(directory, INITIALIZATION)];
  return files.filter((file) => existsSync(file));
}

/** Whether processes without the lock write this file of a run directory, too. */
export function isShared(name: string): boolean {
  const files = [
    paths.digest(''),
    paths.summary(''),
    paths.notes(''),
    paths.dropped(''),
    paths.lock(''),
    paths.stop(''),
  ];
  return files.some((file) => name === file || name.startsWith(`${file}.`)); // locks of files, and of locks
}

/** Whether a change of this file can be ignored. Readers write digest and summary themselves, and names of temporary files begin with a dot. */
export function isOfReaders(name: string): boolean {
  return name.startsWith('.') || [paths.digest(''), paths.summary('')].some((file) => name === path.basename(file));
}

/** Returns the run directory of a checkpoint that is in a run directory. For other files, the result is a folder without meaning. */
export function directoryOf(checkpoint: string): string {
  return path.dirname(path.dirname(path.resolve(checkpoint)));
}
