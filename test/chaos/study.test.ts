/**
 * Kills the executor of a study and its runs at random moments. Then compares the study with one that was not disturbed.
 * `WINNING_SIGN_KILLS=N` sets the number of kills.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { random } from '../../engine/random';
import { parseHolder } from '../../engine/runs/lockFile';
import { type ProcessName, signalProcess } from '../../engine/processes';
import { cliJson, QUICK, readEvents, start, type Running, writeData } from '../engine/process';
import { temporaryFolder } from '../fixtures';
import { SEED, WITH_SEED } from '../seed';

const KILLS = Number(process.env['WINNING_SIGN_KILLS'] ?? 50);
/** Bounds in ms of the greatest time between two kills. */
const [LEAST, MOST] = [200, 1_500];
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

describe(`a study whose processes are killed at random moments ${WITH_SEED}`, function () {
  this.timeout(900_000);
  const inFolder = temporaryFolder();

  it(`ends with the same tables and checkpoints after ${KILLS} kills, and starts no run anew`, async () => {
    const [whole, killed] = [inFolder('whole'), inFolder('killed')];
    for (const folder of [whole, killed]) {
      mkdirSync(folder);
      await writeData(folder);
      writeFileSync(path.join(folder, 'small.study.json'), JSON.stringify(STUDY));
    }
    const began = performance.now();
    const undisturbed = await run(whole).ended;
    // On a fast machine the kills come faster, so that the study does not end before the last of them.
    const longest = Math.min(MOST, Math.max(LEAST, (2 * (performance.now() - began)) / KILLS));
    assert.equal(undisturbed.code, 0, undisturbed.stderr);
    const source = random(SEED, 'kills of a study');
    const records = new Map<string, string>();
    let executor = run(killed);
    let kills = 0;
    for (let ended = 0; kills < KILLS && ended < 2;) {
      await setTimeout(source.uniform() * longest);
      const victims = [undefined, ...runners(killed)];
      const victim = victims[source.below(victims.length)];
      const isExecutor = victim === undefined;
      if (victim ? signalProcess(victim, 'SIGKILL') : executor.child.kill('SIGKILL')) kills++;
      for (const [name, identity] of identities(killed)) {
        assert.equal(identity, records.get(name) ?? identity, `${name} was made again`);
        records.set(name, identity);
      }
      if (!isExecutor && executor.child.exitCode === null) continue;
      ended = (await executor.ended).code === 0 ? ended + 1 : 0; // the study may be done before the last kill
      executor = run(killed);
    }
    assert.ok(kills >= KILLS / 2, `only ${kills} kills met a process`);
    let last = await executor.ended;
    for (let again = 0; last.code !== 0 && again < 5; again++) last = await run(killed).ended;
    assert.equal(last.code, 0, last.stderr);
    assert.deepEqual(await tables(killed), await tables(whole));
    assert.deepEqual(checkpoints(killed), checkpoints(whole));
    for (const name of runNames(killed)) {
      const events = readEvents(path.join(runsOf(killed), name));
      assert.equal(events.filter(({ type }) => type === 'started').length, 1, `${name} was started anew`);
      const last = events.at(-1);
      assert.equal(last?.type === 'ended' && last.outcome, 'done', name);
    }
    for (const [name, identity] of identities(killed)) assert.equal(identity, records.get(name) ?? identity);
  });
});

function run(folder: string): Running {
  const env = { WINNING_SIGN_SAVE_SECONDS: '0.05', WINNING_SIGN_HOME: path.join(folder, 'home') };
  return start(['study', 'run', 'small.study.json', '--cores', '2'], env, folder);
}

function runsOf(folder: string): string {
  return path.join(folder, '.winning-sign/small.study');
}

function runNames(folder: string): string[] {
  const names = existsSync(runsOf(folder)) ? readdirSync(runsOf(folder)) : [];
  return names.filter((name) => existsSync(path.join(runsOf(folder), name, 'run.json'))).sort();
}

/** Returns the processes that hold a run now. No run has two, because a lock names one. */
function runners(folder: string): ProcessName[] {
  return runNames(folder).flatMap((name) => {
    try {
      return parseHolder(readFileSync(path.join(runsOf(folder), name, 'lock'), 'utf8')) ?? [];
    } catch {
      return []; // the run has ended meanwhile
    }
  });
}

/** Returns the inode and the time of each run.json. They differ if it was made again. */
function identities(folder: string): [string, string][] {
  return runNames(folder).map((name) => {
    const { ino, mtimeMs } = statSync(path.join(runsOf(folder), name, 'run.json'));
    return [name, `${ino} ${mtimeMs}`];
  });
}

async function tables(folder: string): Promise<unknown> {
  return cliJson('study', 'table', path.join(folder, 'small.study.json'));
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
