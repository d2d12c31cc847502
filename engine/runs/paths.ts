/** The names of everything in a run directory: the only file that knows them. */
import { existsSync } from 'node:fs';
import path from 'node:path';

/** Folder of runs inside a workspace, unless a setting names another. */
export const RUNS_FOLDER = '.winning-sign';

export const paths = {
  record: (directory: string) => path.join(directory, 'run.json'),
  events: (directory: string) => path.join(directory, 'events.jsonl'),
  /** What was kept of a long log, so that it is not read again. */
  digest: (directory: string) => path.join(directory, 'events.digest.json'),
  lock: (directory: string) => path.join(directory, 'lock'),
  /** Held for a moment by the process that replaces a stale lock. */
  takeover: (directory: string) => path.join(directory, 'lock.takeover'),
  /** Asks a runner to stop, from any machine that sees the directory. */
  stop: (directory: string) => path.join(directory, 'stop'),
  /** What the runner wrote to its output when it had no terminal. */
  log: (directory: string) => path.join(directory, 'runner.log'),
  state: (directory: string) => path.join(directory, 'state', 'training.safetensors'),
  checkpoint: (directory: string, name: string) => path.join(directory, name),
  /** Every folder a runner writes to. */
  written: (directory: string) => [directory, path.join(directory, 'state'), path.join(directory, 'checkpoints')],
} as const;

/** Where an imp search keeps the network that survivors are rewound to: up to version 0.1 not among its checkpoints. */
export function rewindPointIn(directory: string): string {
  const former = path.join(directory, 'state', 'rewind.safetensors');
  const file = paths.checkpoint(directory, REWIND_POINT);
  return existsSync(former) && !existsSync(file) ? former : file;
}

/** Checkpoints, relative to the run directory. */
export const INITIALIZATION = 'checkpoints/init.safetensors';
/** imp with a `rewindStep`: the network that survivors are rewound to. */
export const REWIND_POINT = 'checkpoints/rewind.safetensors';
export const FINAL = 'checkpoints/final.safetensors';
export const checkpointOfRound = (round: number): string =>
  `checkpoints/round-${String(round).padStart(2, '0')}.safetensors`;

/** What a run left besides its record, if it left anything. */
export function tracesOf(directory: string): string[] {
  const files = [paths.events(directory), paths.state(directory), paths.checkpoint(directory, INITIALIZATION)];
  return files.filter((file) => existsSync(file));
}

/** The run directory a checkpoint of one lies in; of another file, just a folder. */
export function directoryOf(checkpoint: string): string {
  return path.dirname(path.dirname(path.resolve(checkpoint)));
}
