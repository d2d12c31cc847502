/** Starts and stops runners. A runner is a detached process: it continues when the process that started it ends. */
import { statSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { signalProcess } from '../processes';
import type { RunStatus } from '../vocabulary/runStatus';
import { endedAtOnce, outputOf, spawnDetached } from './detached';
import { heldBy } from './lock';
import { holderOf } from './lockFile';
import { readRun } from './list';
import { paths } from './paths';
import { askToStop, isAskedToStop } from './stopFile';

/**
 * Starts a detached runner for a run directory. Waits until the runner holds the lock or has ended. Throws UserError if it ended without
 * a word in the log of the run.
 */
export async function startRunner(directory: string): Promise<void> {
  const held = holderOf(directory);
  if (held) throw heldBy(held.holder, directory);
  const before = logSize(directory);
  const started = spawnDetached(['resume', directory], paths.log(directory));
  const end = await Promise.race([started.ended, untilHeld(directory)]);
  if (end === undefined || end === 'exit code 0' || logSize(directory) !== before) return;
  throw endedAtOnce('run', { end, output: await outputOf(started), log: started.log });
}

/** Returns the size of the log of a run in bytes; 0 if there is none. */
function logSize(directory: string): number {
  return statSync(paths.events(directory), { throwIfNoEntry: false })?.size ?? 0;
}

async function untilHeld(directory: string): Promise<void> {
  for (let waited = 0; waited < 10_000 && !holderOf(directory); waited += 50)
    await setTimeout(50, undefined, { ref: false });
}

/** The result of a request to stop. */
export interface StopReport {
  status: RunStatus;
  /** Whether the process of the run was asked to stop and has not ended yet. */
  stopping: boolean;
}

/** Asks a run to stop, by a stop file and by a signal. Returns at once; the run ends after its current step. */
export async function stopRun(directory: string): Promise<StopReport> {
  const held = holderOf(directory);
  if (!held) return { status: (await readRun(directory)).snapshot.status, stopping: false };
  const isFirst = !isAskedToStop(directory, held.holder.id);
  askToStop(directory, held.holder.id);
  // On Windows a signal ends the process before it can save, so only the file is used there. A second signal would end it at once anywhere.
  if (isFirst && process.platform !== 'win32') signalProcess(held.holder, 'SIGTERM');
  return { status: 'running', stopping: true };
}
