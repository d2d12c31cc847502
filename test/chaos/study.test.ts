/**
 * Kills everything that takes part in a study at random moments: the window, its server, the executor of the study, and its runs. Then
 * compares the study with one that was not disturbed. `WINNING_SIGN_KILLS=N` sets the number of kills.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type Random, random } from '../../engine/random';
import { cliJson, QUICK, readEvents, start, writeData } from '../engine/process';
import { temporaryFolder } from '../fixtures';
import { SEED, WITH_SEED } from '../seed';
import { until } from '../until';
import { processesWith, workersOf, type ProcessKind } from './processes';

const KILLS = Number(process.env['WINNING_SIGN_KILLS'] ?? 50);
/** Bounds in ms of the greatest time between two kills. */
const [LEAST, MOST] = [200, 1_500];
/** Interval in ms at which the processes are looked at. */
const LOOK_MS = 50;
/** Longest time in ms for the study to end after the last kill. */
const ENDS_MS = 300_000;
const CORES = 2;
const { method, seed, ...options } = QUICK;
const STUDY = {
  options: { ...options, warmupEpochs: 10, epochsPerRound: 6, finalEpochs: 20 },
  axes: { method: ['aws', 'lrr'], round: 'all', variant: ['retrain', 'signed-mask'], seed: [2, 3] },
  nodes: {
    dense: { run: 'training', over: ['seed'] },
    search: { run: 'search', over: ['method'], set: { seed: 1 } },
    ticket: { run: 'transfer', over: ['method', 'round', 'variant', 'seed'], from: 'search#round' },
    basin: {
      run: 'connectivity',
      over: ['method', 'round', 'seed'],
      a: { node: 'ticket', where: { variant: 'signed-mask' } },
      b: { node: 'ticket', where: { variant: 'retrain' } },
    },
  },
  results: {
    accuracy: { of: 'ticket', measure: 'accuracy', rows: ['method', 'round'], columns: 'variant', baseline: 'dense' },
    barrier: { of: 'basin', measure: 'barrier', rows: ['method', 'round'] },
  },
};

describe(`a study whose window, server, executor and runs are killed at random moments ${WITH_SEED}`, function () {
  this.timeout(900_000);
  // Before the folder is removed.
  afterEach(async () => {
    const left = () => processesWith(homeOf(inFolder('killed')));
    for (const { pid } of left()) kill(pid);
    await until('all processes have ended', () => left().length === 0);
  });
  const inFolder = temporaryFolder();

  it(`ends with the same tables and checkpoints after ${KILLS} kills, and starts no run anew or twice`, async function () {
    if (process.platform !== 'linux') this.skip(); // other systems do not say which process has a file open
    const [whole, killed] = [inFolder('whole'), inFolder('killed')];
    for (const folder of [whole, killed]) {
      mkdirSync(folder);
      await writeData(folder);
      writeFileSync(fileOf(folder), JSON.stringify(STUDY));
    }
    const began = performance.now();
    const undisturbed = await runHere(whole).ended;
    assert.equal(undisturbed.code, 0, undisturbed.stderr);
    // On a fast machine the kills come faster, so that the study does not end before the last of them.
    const longest = Math.min(MOST, Math.max(LEAST, (2 * (performance.now() - began)) / KILLS));
    const watch = new Watch(killed);
    await disturb(killed, { watch, longest, source: random(SEED, 'kills of a study') });
    watch.end();
    const kills = Object.values(watch.killed).reduce((sum, count) => sum + count, 0);
    const counts = `${JSON.stringify(watch.killed)} were killed`;
    assert.ok(kills >= KILLS / 2 && Object.values(watch.killed).every((count) => count > 0), counts);
    assert.deepEqual(watch.problems, []);
    assert.ok(watch.worked.size > runNames(killed).length / 2, 'most runs were seen at work');
    assert.deepEqual(await tables(killed), await tables(whole));
    assert.deepEqual(checkpoints(killed), checkpoints(whole));
    for (const name of runNames(killed)) {
      const events = readEvents(path.join(runsOf(killed), name));
      assert.equal(events.filter(({ type }) => type === 'started').length, 1, `${name} was started anew`);
      const last = events.at(-1);
      assert.equal(last?.type === 'ended' && last.outcome, 'done', name);
    }
  });
});

/** Kills processes until the study has ended. */
async function disturb(
  folder: string,
  { watch, longest, source }: { watch: Watch; longest: number; source: Random },
): Promise<void> {
  const kinds = Object.keys(watch.killed) as ProcessKind[];
  let window = openWindow(folder, watch);
  for (let kills = 0; ;) {
    if (kills < KILLS) await setTimeout(source.uniform() * longest);
    else await until('the window has seen the end', () => hasEnded(window), ENDS_MS);
    if (hasEnded(window)) break; // the study may be done before the last kill
    const kind = kinds[source.below(kinds.length)]!;
    const victims = watch.processes().filter((one) => one.kind === kind);
    const victim = victims[source.below(Math.max(1, victims.length))];
    if (!victim || !kill(victim.pid)) continue;
    [kills, watch.killed[kind]] = [kills + 1, watch.killed[kind] + 1];
    if (kind === 'window') window = openWindow(folder, watch);
    // A user may also continue in a terminal, at the same time as in the window.
    if (kind === 'executor' && source.uniform() < 0.5) runHere(folder);
  }
  assert.equal(window.exitCode, 0, watch.printed);
}

/** Looks at the processes of a study all the time, and notes what must not be. */
class Watch {
  readonly killed: Record<ProcessKind, number> = { window: 0, server: 0, executor: 0, runner: 0 };
  readonly problems: string[] = [];
  /** What the windows have printed. */
  printed = '';
  /** The directories on which a process was seen to work. */
  readonly worked = new Set<string>();
  readonly #identities = new Map<string, string>();
  readonly #timer = setInterval(() => {
    this.#look();
  }, LOOK_MS);

  constructor(private readonly folder: string) {}

  processes(): ReturnType<typeof processesWith> {
    return processesWith(homeOf(this.folder));
  }

  end(): void {
    clearInterval(this.#timer);
    this.#look();
  }

  #look(): void {
    for (const [directory, pids] of workersOf(this.processes())) {
      if (pids.length > 0) this.worked.add(directory);
      if (pids.length > 1) this.problems.push(`processes ${pids.join(' and ')} work on ${directory}`);
    }
    for (const [name, identity] of identities(this.folder)) {
      if (identity !== (this.#identities.get(name) ?? identity)) this.problems.push(`${name} was made again`);
      this.#identities.set(name, identity);
    }
  }
}

function kill(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // it has ended meanwhile
  }
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function environmentOf(folder: string): Record<string, string> {
  return { WINNING_SIGN_SAVE_SECONDS: '0.05', WINNING_SIGN_HOME: homeOf(folder) };
}

/** Opens a window, which executes the study in detached processes. */
function openWindow(folder: string, watch: Watch): ChildProcess {
  const window = spawn(process.execPath, [path.join(__dirname, 'window.js'), fileOf(folder), String(CORES)], {
    env: { ...process.env, WINNING_SIGN_THREADS: '1', ...environmentOf(folder) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  window.stderr.on('data', (bytes: Buffer) => (watch.printed += bytes.toString()));
  return window;
}

/** Executes the study as in a terminal. */
function runHere(folder: string): ReturnType<typeof start> {
  return start(['study', 'run', fileOf(folder), '--cores', String(CORES)], environmentOf(folder), folder);
}

function homeOf(folder: string): string {
  return path.join(folder, 'home');
}

function fileOf(folder: string): string {
  return path.join(folder, 'small.study.json');
}

function runsOf(folder: string): string {
  return path.join(folder, '.winning-sign/small.study');
}

function runNames(folder: string): string[] {
  const names = existsSync(runsOf(folder)) ? readdirSync(runsOf(folder)) : [];
  return names.filter((name) => existsSync(path.join(runsOf(folder), name, 'run.json'))).sort();
}

/** Returns the inode and the time of each run.json. They differ if it was made again. */
function identities(folder: string): [string, string][] {
  return runNames(folder).map((name) => {
    const { ino, mtimeMs } = statSync(path.join(runsOf(folder), name, 'run.json'));
    return [name, `${ino} ${mtimeMs}`];
  });
}

async function tables(folder: string): Promise<unknown> {
  return cliJson('study', 'table', fileOf(folder));
}

/** Returns the hashes of all checkpoints by run. */
function checkpoints(folder: string): Record<string, string> {
  const files = runNames(folder).flatMap((name) => {
    const place = path.join(runsOf(folder), name, 'checkpoints');
    return existsSync(place) ? readdirSync(place).map((file) => path.join(name, 'checkpoints', file)) : [];
  });
  const hash = (file: string) => execFileSync('sha256sum', [path.join(runsOf(folder), file)], { encoding: 'utf8' });
  return Object.fromEntries(files.map((file) => [file, hash(file).split(' ')[0]!]));
}
