import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { describeCheckpoint } from '../../engine/inspection/describe';
import type { DoctorCheck, Inspection } from '../../engine/protocol';
import { cli, cliJson, QUICK, readEvents, start, writeData, writeRunFile } from './process';
import { temporaryFolder } from '../fixtures';

describe('the command line, looking', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const run = (...parts: string[]) => inFolder('.winning-sign', ...parts);

  beforeEach(async () => {
    await writeData(inFolder());
  });

  it('refuses to compare networks without a common layer', async () => {
    writeRunFile(inFolder('a.sign.json'), { method: 'dense', finalEpochs: 1 });
    writeRunFile(inFolder('b.sign.json'), { method: 'dense', finalEpochs: 1, model: 'mlp' });
    await Promise.all(['a', 'b'].map((name) => cli('run', inFolder(`${name}.sign.json`))));
    const [a, b] = ['a', 'b'].map((name) => run(name, 'checkpoints', 'init.safetensors'));
    const { code, stderr } = await cli('compare', a!, b!);
    assert.deepEqual([code, stderr.includes('have no layer of the same name and shape')], [2, true]);
    const refused = await cli('interpolate', a!, b!);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /cannot be interpolated: layer \S+ is [\d ×]+ in the first and missing in the second/);
    assert.deepEqual(readdirSync(run()).sort(), ['a', 'b'], 'no run is made of it');
  });

  it('names the checkpoints of a run directory where one is to be chosen', async () => {
    writeRunFile(inFolder('a.sign.json'), { method: 'dense', finalEpochs: 1 });
    await cli('run', inFolder('a.sign.json'));
    const { code, stderr } = await cli('inspect', run('a'));
    assert.equal(code, 2);
    assert.match(
      stderr,
      /is a run directory; name one of the checkpoints in .*: final\.safetensors, init\.safetensors\./,
    );
  });

  it('helps with --help and -h, of all and of one verb', async () => {
    for (const help of ['--help', '-h']) {
      assert.match((await cli(help)).stdout, /^usage: winning-sign VERB/);
      assert.match((await cli('run', help)).stdout, /^usage: winning-sign run FILE/);
    }
  });

  it('says errors in JSON too', async () => {
    const { error } = await cliJson<{ error: { kind: string; message: string } }>('inspect', inFolder('none'));
    assert.equal(error.kind, 'input');
    assert.match(error.message, /none/);
  });

  it('inspects a checkpoint: weights × masks, both denominators', async () => {
    writeRunFile(inFolder('aws.sign.json'));
    await cli('run', inFolder('aws.sign.json'));
    const inspection = await cliJson<Inspection>('inspect', run('aws', 'checkpoints', 'round-01.safetensors'));
    const round = readEvents(run('aws')).filter((event) => event.type === 'round')[1]!;
    assert.deepEqual(inspection.sparsity, round.sparsity);
    assert.deepEqual(
      inspection.layers.map(({ name, kept, positive, negative }) => ({ name, kept, positive, negative })),
      round.layers.map(({ name, kept, positive, negative }) => ({ name, kept, positive, negative })),
    );
    const { metadata } = await describeCheckpoint(run('aws', 'checkpoints', 'round-01.safetensors'));
    assert.deepEqual(
      { ...metadata, options: '' },
      {
        ...{ format: 'winning-sign 1', run: 'aws', round: '1', method: 'aws', seed: '3', options: '' },
        model: '{"model":"convnet","options":{"widths":[4,8]}}',
        data: '{"height":8,"width":8,"channels":1,"classes":4}',
      },
    );
    assert.ok(inspection.layers.every(({ maskRule }) => maskRule === 'mask'));
  });

  it('examines the machine', async () => {
    const { checks } = await cliJson<{ checks: DoctorCheck[] }>('doctor');
    assert.deepEqual(
      checks.filter(({ ok }) => !ok),
      [],
    );
    assert.ok(checks.some(({ name }) => name === 'Backend wasm'));
    assert.equal(QUICK.backend, 'wasm');
  });

  it('tells a backend that was installed and does not work from one that is only on offer', async () => {
    mkdirSync(inFolder('home', 'backends', 'webgpu'), { recursive: true });
    const { ended } = start(['doctor', '--json'], { WINNING_SIGN_HOME: inFolder('home') });
    const { checks } = JSON.parse((await ended).stdout) as { checks: DoctorCheck[] };
    const webgpu = checks.find(({ name }) => name === 'Backend webgpu')!;
    assert.deepEqual([webgpu.ok, webgpu.remedy!.includes('backends uninstall webgpu')], [false, true]);
  });
});
