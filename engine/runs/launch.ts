/** Starts and stops runners. A runner is a detached process: it continues when the process that started it ends. */
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
import { askToStop, isStopAsked } from './stopFile';

/** Path of the command-line program. All programs of the engine are in the same folder. */
export const CLI = path.join(__dirname, 'cli.js');

/** Starts a detached runner for a run directory. Waits until the runner holds the lock or has ended. */
export async function startRunner(directory: string): Promise<void> {
  const held = holderOf(directory);
  if (held) throw heldBy(held.holder, directory);
  const log = openSync(paths.log(directory), 'a');
  const runner = spawn(process.execPath, [CLI, 'resume', directory], {
    detached: true,
    windowsHide: true,
    stdio: ['ignore', log, log],
    // The executable of VS Code behaves like Node only if this variable is set.
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
  const isFirst = !isStopAsked(directory);
  askToStop(directory);
  // On Windows a signal ends the process before it can save, so only the file is used there. A second signal would end it at once anywhere.
  if (isFirst && process.platform !== 'win32') signalProcess(held.holder, 'SIGTERM');
  return { status: 'running', stopping: true };
}
