/** Fills the disk of a study while it is executed. The disk is a small file system in memory, which only root may mount. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { QUICK, start, untilEvent, writeData, type Ended } from '../engine/process';
import { temporaryFolder } from '../fixtures';

const MEGABYTES = 100; // more than what is always left free
const { method, seed, ...options } = QUICK;
const STUDY = {
  options: { ...options, warmupEpochs: 60, epochsPerRound: 2, finalEpochs: 2 },
  axes: { seed: [1, 2] },
  nodes: {
    search: { run: 'search', set: { method: 'lrr', seed: 1 } },
    dense: { run: 'training', over: ['seed'] },
  },
};

describe('a study on a disk that fills', function () {
  this.timeout(120_000);
  let mounted: string | undefined;
  // Before the folder is removed.
  afterEach(() => {
    if (mounted !== undefined) execFileSync('umount', ['--lazy', mounted]);
    mounted = undefined;
  });
  const inFolder = temporaryFolder();

  it('stops with a sentence, and continues to the same bytes when there is space again', async function () {
    for (const name of ['whole', 'small']) mkdirSync(inFolder(name));
    mounted = mount(inFolder('small'));
    if (mounted === undefined) this.skip();
    for (const name of ['whole', 'small']) {
      await writeData(inFolder(name));
      writeFileSync(inFolder(name, 'full.study.json'), JSON.stringify(STUDY));
    }
    const study = (name: string): Promise<Ended> => {
      const env = { WINNING_SIGN_SAVE_SECONDS: '0.05', WINNING_SIGN_HOME: inFolder('home') };
      return start(['study', 'run', 'full.study.json', '--cores', '1'], env, inFolder(name)).ended;
    };
    const ballast = inFolder('small', 'ballast');
    const runs = inFolder('small', '.winning-sign/full.study');

    // While a run is executed.
    const first = study('small');
    await untilEvent(path.join(runs, 'search'), 'epoch');
    fill(ballast, Infinity);
    const full = await first;
    assert.equal(full.code, 1, full.stderr);
    const sentence = `${mounted}: this file system is full, so search could not be written. No further run is started. Free some space, then run the study again: it continues.`;
    assert.ok(full.stderr.includes(`winning-sign: ${sentence}`), full.stderr);
    assert.deepEqual(runsIn(runs), ['search'], 'no further run was started');
    const blocked = await study('small');
    assert.match(
      blocked.stderr,
      /this file system has only .* free, and the next run needs about .* MB\. No further run/,
    );

    // Before a run, there is too little space.
    rmSync(ballast);
    fill(ballast, 60e6);
    const refused = await study('small');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /: this file system has only 4\d(\.\d)? MB free, and the next run needs about 6\d/);

    rmSync(ballast);
    const last = await study('small');
    assert.equal(last.code, 0, last.stderr + last.stdout);
    const whole = await study('whole');
    assert.equal(whole.code, 0, whole.stderr + whole.stdout);
    for (const name of runsIn(runs)) {
      const folder = (where: string) => inFolder(where, '.winning-sign/full.study', name, 'checkpoints');
      for (const file of readdirSync(folder('whole')))
        assert.deepEqual(readFileSync(path.join(folder('small'), file)), readFileSync(path.join(folder('whole'), file)), `${name}/${file}`); // prettier-ignore
    }
  });
});

/** Mounts a small file system, and returns its folder; undefined if this user may not. */
function mount(folder: string): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${MEGABYTES}m`, 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    return undefined;
  }
}

/** Writes a file of this size, or of all that is free. */
function fill(file: string, bytes: number): void {
  const descriptor = openSync(file, 'w');
  try {
    for (let written = 0; written < bytes;)
      written += writeSync(descriptor, Buffer.alloc(Math.min(1e6, bytes - written)));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  } finally {
    closeSync(descriptor);
  }
}

function runsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, 'run.json')))
    .sort();
}
