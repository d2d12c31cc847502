/** Starting and stopping runners: detached processes that outlive whoever started them. */
import { spawn } from 'node:child_process';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { UserError } from '../errors';
import type { RunStatus } from '../vocabulary/runStatus';
import { heldBy, holderOf } from './lock';
import { readRun } from './list';
import { paths } from './paths';

/** The command line, which stands beside every program of the engine's bundle. */
export const CLI = path.join(__dirname, 'cli.js');

/** Starts a detached runner for a run directory and waits until it holds the lock (or has ended). */
export async function startRunner(directory: string): Promise<void> {
  const holder = holderOf(directory);
  if (holder) throw heldBy(holder, directory);
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

const STOP_PATIENCE_MS = 120_000;

/** Asks a run to stop, through its directory and by signal, and settles when it has saved its state and ended. */
export async function stopRun(directory: string): Promise<{ status: RunStatus }> {
  const { snapshot } = await readRun(directory);
  const holder = holderOf(directory);
  if (!holder) return { status: snapshot.status };
  writeFileSync(paths.stop(directory), '');
  // On Windows a signal would end the process before it saved anything; there the file alone asks.
  if (holder.local && holder.pid !== undefined && process.platform !== 'win32') signal(holder.pid);
  for (let waited = 0; waited < STOP_PATIENCE_MS && holderOf(directory); waited += 50) await setTimeout(50);
  if (holderOf(directory))
    throw new UserError(
      `${directory}: process ${holder.pid ?? '?'} on ${holder.host} has not stopped after ${STOP_PATIENCE_MS / 1000} s; it will at its next step, or end it there.`,
    );
  return { status: (await readRun(directory)).snapshot.status };
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
