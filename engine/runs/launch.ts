/** Starting and stopping runners: detached processes that outlive whoever started them. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { signalProcess } from '../processes';
import type { RunStatus } from '../vocabulary/runStatus';
import { heldBy } from './lock';
import { holderOf } from './lockFile';
import { readRun } from './list';
import { paths } from './paths';
import { askToStop } from './stopFile';

/** The command line, which stands beside every program of the engine's bundle. */
export const CLI = path.join(__dirname, 'cli.js');

/** Starts a detached runner for a run directory and waits until it holds the lock (or has ended). */
export async function startRunner(directory: string): Promise<void> {
  const held = holderOf(directory);
  if (held) throw heldBy(held.holder, directory);
  const log = openSync(paths.log(directory), 'a');
  const runner = spawn(process.execPath, [CLI, 'resume', directory], {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
    // VS Code's own executable is Node only when told so.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
  });
  closeSync(log);
  const ended = new Promise<void>((resolve) =>
    runner
      .once('exit', () => {
        resolve();
      })
      .once('error', () => {
        resolve();
      }),
  );
  runner.unref();
  await Promise.race([ended, untilHeld(directory)]);
}

async function untilHeld(directory: string): Promise<void> {
  for (let waited = 0; waited < 10_000 && !holderOf(directory); waited += 50)
    await setTimeout(50, undefined, { ref: false });
}

/** What a request to stop came to. */
export interface StopReport {
  status: RunStatus;
  /** The process of the run was asked to stop and has not ended yet. */
  stopping: boolean;
}

/** Asks a run to stop, through its directory and by signal, and returns at once: it ends after its current step. */
export async function stopRun(directory: string): Promise<StopReport> {
  const held = holderOf(directory);
  if (!held) return { status: (await readRun(directory)).snapshot.status, stopping: false };
  askToStop(directory);
  // On Windows a signal would end the process before it saved anything; there the file alone asks.
  if (process.platform !== 'win32') signalProcess(held.holder, 'SIGTERM');
  return { status: 'running', stopping: true };
}
