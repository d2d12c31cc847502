/** A separate workspace for each test, with run files that take seconds. Its runs end when it is removed. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { RunEvent } from '../../engine/protocol';

/** A run of a few seconds on two cores, with real images. */
const QUICK = { method: 'aws', model: 'mlp', dataset: 'sample', rounds: 3, warmupEpochs: 1, epochsPerRound: 1 };
/** A run that is long enough to be stopped. No test waits for its end. */
const LONG = { ...QUICK, warmupEpochs: 2, epochsPerRound: 200, finalEpochs: 1 };

const RUN_FILES = {
  'quick.sign.json': { ...QUICK, finalEpochs: 1, learningRate: 0.05 },
  'long.sign.json': LONG,
  'misspelt.sign.json': { ...QUICK, pruningFractoin: 0.2 },
};

export interface Workspace {
  folder: string;
  runs: string;
  /** Ends the runs of the workspace and removes it. */
  end(): void;
}

/** Makes the workspace in a temporary folder. */
export function makeWorkspace(): Workspace {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-workspace-'));
  for (const [name, content] of Object.entries(RUN_FILES))
    writeFileSync(path.join(folder, name), JSON.stringify(content, undefined, 2));
  const runs = path.join(folder, '.winning-sign');
  mkdirSync(runs);
  const end = () => {
    endRunners(runs);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  return { folder, runs, end };
}

/** Returns the process of a run or of a study, which its lock names. */
export function runnerOf(directory: string): number | undefined {
  const lock = directory.endsWith('.study') ? 'study.lock' : 'lock';
  try {
    return (JSON.parse(readFileSync(path.join(directory, lock), 'utf8')) as { pid: number }).pid;
  } catch {
    return undefined;
  }
}

/** Returns the events of a run so far. */
export function eventsOf(directory: string): RunEvent[] {
  try {
    const lines = readFileSync(path.join(directory, 'events.jsonl'), 'utf8').split('\n');
    return lines.slice(0, -1).map((line) => JSON.parse(line) as RunEvent);
  } catch {
    return [];
  }
}

/** Returns the events of one type. */
export function eventsOfType<T extends RunEvent['type']>(directory: string, type: T): Extract<RunEvent, { type: T }>[] {
  return eventsOf(directory).filter((event): event is Extract<RunEvent, { type: T }> => event.type === type);
}

/** Waits until a value is defined. It polls, because the events of a run directory come from other processes. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { what, seconds = 60 }: { what: string; seconds?: number },
): Promise<T> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`Waited ${seconds} s in vain for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Ends the processes of runs and studies. The runs of a study end with its process. */
function endRunners(runs: string): void {
  for (const entry of readdirSync(runs, { withFileTypes: true })) {
    const runner = entry.isDirectory() ? runnerOf(path.join(runs, entry.name)) : undefined;
    if (runner === undefined) continue;
    try {
      process.kill(runner, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
}
