/** Tests that `--set` repairs and changes options of a run file or a finished run. */
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { RunRecord, RunSummary } from '../../engine/protocol';
import { readRecord } from '../../engine/runs/record';
import { draftLike } from '../../engine/runs/repeat';
import { temporaryFolder } from '../fixtures';
import { callIn } from './reusedProcess';
import { QUICK, writeData, writeRunFile, type Ended } from './process';

const ELSEWHERE = { ...QUICK.dataset, path: 'nowhere/data.safetensors' };
const SHORT = { method: 'dense', finalEpochs: 1 };

describe('--set', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const runs = (...parts: string[]) => inFolder('.winning-sign', ...parts);
  /** Returns the record with absolute paths, without the fields about where it was made. */
  const recordOf = async (directory: string) => ({ ...(await readRecord(directory)), madeIn: undefined });
  const pathOf = ({ dataset }: RunRecord) => (typeof dataset === 'object' ? dataset.path : dataset);
  const ROUND = ['checkpoints', 'round-01.safetensors'];

  /** Runs the command line in the folder `shell`, where the data are. */
  function inShell(...args: string[]): Promise<Ended> {
    return callIn(inFolder('shell'), ...args);
  }

  async function done(...args: string[]): Promise<RunSummary> {
    const { stdout, stderr } = await inShell(...args, '--json');
    const summary = JSON.parse(stdout) as RunSummary;
    assert.equal(summary.status, 'done', stderr);
    return summary;
  }

  beforeEach(async () => {
    mkdirSync(inFolder('shell'));
    await writeData(inFolder('shell'));
  });

  it('replaces a wrong field of the run file', async () => {
    writeRunFile(inFolder('a.sign.json'), { ...SHORT, finalEpochs: 'many', dataset: ELSEWHERE });
    const { seed, directory } = await done(
      ...['run', inFolder('a.sign.json'), '--set', 'finalEpochs=1'],
      ...['--set', 'dataset.path=data.safetensors', '--set', 'seed=5'],
    );
    assert.equal(seed, 5);
    assert.equal(pathOf(await recordOf(directory)), inFolder('shell', 'data.safetensors'));
    const { code, stderr } = await inShell('run', inFolder('a.sign.json'), '--set', 'seed=6');
    assert.deepEqual([code, stderr.includes('"finalEpochs" must be a whole number (it is "many")')], [2, true]);
  });

  it('is refused if its value is nested too deeply', async () => {
    writeRunFile(inFolder('a.sign.json'), SHORT);
    const { code, stderr } = await inShell('run', inFolder('a.sign.json'), '--set', `rounds=${'['.repeat(20_000)}`);
    assert.deepEqual(
      [code, stderr],
      [2, 'winning-sign: --set rounds is nested more than 100 levels deep. Use a simpler value.\n'],
    );
  });

  it('is distinguished from the run file in errors of checks that need the data', async () => {
    writeRunFile(inFolder('a.sign.json'), { dataset: { ...ELSEWHERE, path: 'shell/data.safetensors' } });
    const told = async (...more: string[]) => (await inShell('run', inFolder('a.sign.json'), ...more)).stderr;
    const late = ['--set', 'method=imp', '--set', 'rewindStep=999'];
    assert.match(await told(...late), /^winning-sign: --set: "rewindStep" is 999, but round 0 has 16 steps/);
    writeRunFile(inFolder('a.sign.json'), {
      ...{ method: 'imp', rewindStep: 999 },
      dataset: { ...ELSEWHERE, path: 'shell/data.safetensors' },
    });
    assert.match(await told(), /a\.sign\.json:1:\d+: "rewindStep" is 999/);
  });

  it('resolves relative paths from the current folder of the shell in each verb', async () => {
    writeRunFile(inFolder('search.sign.json'), {
      rounds: 1,
      dataset: { ...ELSEWHERE, path: 'shell/data.safetensors' },
    });
    const { directory } = await done('run', inFolder('search.sign.json'));
    mkdirSync(inFolder('shell', 'copy'));
    copyFileSync(inFolder('shell', 'data.safetensors'), inFolder('shell', 'copy', 'data.safetensors'));
    const dataset = JSON.stringify({ ...QUICK.dataset, path: 'copy/data.safetensors' });
    const ticket = path.join(directory, ...ROUND);
    const own = await done('transfer', ticket, '--seed', '5', '--set', 'finalEpochs=1', '--set', `dataset=${dataset}`);
    assert.equal(pathOf(await recordOf(own.directory)), inFolder('shell', 'copy', 'data.safetensors'));

    copyFileSync(ticket, inFolder('foreign.safetensors'));
    writeRunFile(inFolder('options.sign.json'), { ...SHORT, dataset: ELSEWHERE });
    const foreign = await done(
      ...['transfer', inFolder('foreign.safetensors'), '--seed', '5', '--options', inFolder('options.sign.json')],
      ...['--set', 'dataset.path=copy/data.safetensors'],
    );
    assert.equal(pathOf(await recordOf(foreign.directory)), inFolder('shell', 'copy', 'data.safetensors'));
  });

  it('makes a new run with the options of a run directory or of a run.json', async () => {
    writeRunFile(inFolder('a.sign.json'), { ...SHORT, dataset: { ...ELSEWHERE, path: 'shell/data.safetensors' } });
    const { directory } = await done('run', inFolder('a.sign.json'));
    const second = await done('run', directory, '--set', 'seed=4');
    assert.deepEqual([second.directory, second.seed], [runs('a-2'), 4]);
    assert.deepEqual({ ...(await recordOf(runs('a-2'))), seed: 3 }, await recordOf(directory));
    assert.equal((await done('run', path.join(directory, 'run.json'), '--set', 'seed=4')).directory, runs('a-2'));
    assert.equal((await done('run', directory, '--dir', inFolder('copy'))).directory, inFolder('copy'));
    assert.equal((await done('run', path.join(directory, 'run.json'))).directory, directory);
    assert.deepEqual(readdirSync(runs()).sort(), ['a', 'a-2']);

    copyFileSync(path.join(directory, 'run.json'), inFolder('shared.json'));
    assert.equal((await done('run', inFolder('shared.json'), '--set', 'seed=9')).directory, runs('a-3'));
    writeFileSync(inFolder('later.json'), JSON.stringify({ ...(await recordOf(directory)), version: 2 }));
    assert.match((await inShell('run', inFolder('later.json'))).stderr, /field "version" is 2, not 1\. Update/);
  });

  it('repeats transfers and interpolations with the same checkpoints', async () => {
    writeRunFile(inFolder('s.sign.json'), { rounds: 1, dataset: { ...ELSEWHERE, path: 'shell/data.safetensors' } });
    const search = await done('run', inFolder('s.sign.json'));
    const ticket = path.join(search.directory, ...ROUND);
    const first = await done('transfer', ticket, '--seed', '5', '--set', 'dataSeed=6', '--set', 'finalEpochs=1');
    const { directory, record } = await draftLike({ folder: runs() }, first.directory, { seed: 7 });
    assert.equal(directory, runs('s-r01-signed-mask-seed7-data6'));
    const made = { ...record, name: first.name, seed: 5, madeIn: undefined };
    assert.deepEqual(made, await recordOf(first.directory));

    const line = await done('interpolate', ticket, path.join(first.directory, 'checkpoints', 'final.safetensors'));
    const again = await draftLike({ folder: runs() }, line.directory, { batchSize: 8 });
    assert.deepEqual({ ...again.record, madeIn: undefined }, { ...(await recordOf(line.directory)), batchSize: 8 });
    assert.equal(again.directory, `${line.directory}-2`);
  });
});
