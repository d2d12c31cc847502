/** Tests the run of a user's own network: search, transfer, interpolation and resume, without the file after the start. */
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readMetadata } from '../../engine/checkpoints/open';
import type { NetworkDescription, RunSummary } from '../../engine/protocol';
import type { Evaluation } from '../../engine/vocabulary/evaluation';
import { fixture, temporaryFolder } from '../fixtures';
import { assertEqualDespiteKills, searchJob } from './killed';
import { checkOutput } from './outputSchema';
import { call, callJson } from './reusedProcess';
import { cli, readEvents, writeData, writeRunFile } from './process';

const MODEL = { model: 'layers', path: 'small.json' };

describe('a run of an own network', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const run = (...parts: string[]) => inFolder('.winning-sign', ...parts);
  beforeEach(() => {
    copyFileSync(fixture('layersModel/small.json'), inFolder('small.json'));
  });

  it('searches, transfers and interpolates, and does not need the file again', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('search.sign.json'), { model: MODEL });
    const searched = await callJson<RunSummary>('run', inFolder('search.sign.json'));
    assert.equal(searched.status, 'done', searched.message);
    assert.equal(searched.model, 'small.json');
    const ticket = run('search/checkpoints/round-02.safetensors');
    const { model } = await readMetadata(ticket);
    assert.equal((JSON.parse(model!) as { topology: { output: string } }).topology.output, 'logits');
    const record = JSON.parse(readFileSync(run('search/run.json'), 'utf8')) as { model: { path: string } };
    assert.equal(record.model.path, '../../small.json');
    rmSync(inFolder('small.json'));
    const transfer = ['transfer', ticket, '--variant', 'signed-mask', '--seed', '5', '--dir', run('transferred')];
    assert.equal((await callJson<RunSummary>(...transfer)).status, 'done');
    const ends = [ticket, run('search/checkpoints/round-01.safetensors')];
    const line = await callJson<RunSummary>('interpolate', ...ends, '--points', '3', '--dir', run('line'));
    assert.equal(line.status, 'done', line.message);
    const layers = await callJson<{ layers: { name: string }[] }>('inspect', ticket);
    assert.deepEqual(
      layers.layers.filter(({ name }) => name.startsWith('h')).map(({ name }) => name),
      ['hidden'],
    );
  });

  it('describes normalization layers that have only a scale or only a shift', async () => {
    await writeData(inFolder());
    const text = readFileSync(inFolder('small.json'), 'utf8');
    for (const part of ['center', 'scale']) {
      writeFileSync(inFolder('small.json'), text.replace(`"${part}": true`, `"${part}": false`));
      writeRunFile(inFolder(`${part}.sign.json`), { model: MODEL, rounds: 1 });
      const { status, message } = await callJson<RunSummary>('run', inFolder(`${part}.sign.json`));
      assert.equal(status, 'done', message);
      const last = readEvents(run(part)).findLast((event) => event.type === 'round');
      const [layer] = last!.normalization!;
      assert.deepEqual([layer!.name, layer!.scale === undefined, layer!.shift === undefined], ['bn', part === 'scale', part === 'center']); // prettier-ignore
      const { stdout } = await call('show', run(part), '--round', '1');
      assert.match(stdout, part === 'scale' ? /^bn +– +– +– +– +– +\S*\d/m : /^bn +\S*\d.* – +– +– +– +\S*\d$/m);
      checkOutput('run', await callJson('show', run(part)));
    }
  });

  it('writes the same checkpoints in every folder, which know their network', async () => {
    const inRun = (folder: string) => inFolder(folder, '.winning-sign/a/checkpoints/round-01.safetensors');
    for (const folder of ['one', 'two']) {
      await writeData(inFolder(folder));
      copyFileSync(fixture('layersModel/small.json'), inFolder(folder, 'small.json'));
      writeRunFile(inFolder(folder, 'a.sign.json'), { model: MODEL, rounds: 1 });
      assert.equal((await call('run', inFolder(folder, 'a.sign.json'))).code, 0);
    }
    assert.deepEqual(readFileSync(inRun('two')), readFileSync(inRun('one')));
    const { model } = await readMetadata(inRun('one'));
    assert.equal((JSON.parse(model!) as { path: string }).path, 'small.json');
    const events = readEvents(inFolder('one/.winning-sign/a'));
    const { test } = events.findLast((event) => event.type === 'round')!;
    const moved = inFolder('moved.safetensors');
    copyFileSync(inRun('one'), moved);
    rmSync(inFolder('small.json'));
    await writeData(inFolder());
    writeRunFile(inFolder('other.sign.json')); // its network is not that of the checkpoint
    const found = await callJson<Evaluation>('evaluate', moved, '--options', inFolder('other.sign.json'));
    assert.deepEqual([found.loss, found.accuracy], [test.loss, test.accuracy]);
  });

  it('gives the same bytes after a kill', async () => {
    const job = await searchJob(inFolder(), { method: 'aws', model: MODEL });
    await assertEqualDespiteKills(inFolder(), job, { kills: 1 });
  });

  it('prunes all layers but the classifier of the run file', async () => {
    await writeData(inFolder());
    const pruned = async (classifier: string, name: string) => {
      const options = { model: { ...MODEL, classifier }, rounds: 1, warmupEpochs: 1 };
      writeRunFile(inFolder(`${name}.sign.json`), options);
      assert.equal((await call('run', inFolder(`${name}.sign.json`))).code, 0);
      const found = await callJson<{ layers: { name: string; mask?: unknown }[] }>(
        'inspect',
        run(name, 'checkpoints/round-01.safetensors'),
      );
      return found.layers.map((layer) => layer.name);
    };
    assert.deepEqual(await pruned('logits', 'a'), ['first', 'depthwise', 'hidden']);
    assert.deepEqual(await pruned('hidden', 'b'), ['first', 'depthwise', 'logits']);
  });

  it('reads the file again if --set names another path', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('first.sign.json'), { model: MODEL, rounds: 1 });
    assert.equal((await call('run', inFolder('first.sign.json'))).code, 0);
    const other = readFileSync(inFolder('small.json'), 'utf8').replaceAll('"hidden"', '"other"');
    writeFileSync(inFolder('other.json'), other);
    const again = ['run', run('first'), '--set', `model.path=${inFolder('other.json')}`, '--dir', run('second')];
    assert.equal((await callJson<RunSummary>(...again)).model, 'other.json');
    const record = readFileSync(run('second/run.json'), 'utf8');
    assert.ok(record.includes('"name": "other"') && !record.includes('"name": "hidden"'));
  });

  it('names what is wrong with the file, before a directory is made', async () => {
    await writeData(inFolder());
    const refused = async (text: string, options: object = {}) => {
      writeFileSync(inFolder('small.json'), text);
      writeRunFile(inFolder('wrong.sign.json'), { model: { ...MODEL, ...options } });
      const { code, stderr } = await call('run', inFolder('wrong.sign.json'));
      assert.equal(code, 2, stderr);
      return stderr.replaceAll(inFolder(), '').trim();
    };
    const text = readFileSync(inFolder('small.json'), 'utf8');
    assert.match(await refused('{'), /"model.path": .*small.json is not JSON/);
    assert.match(
      await refused(text.replace('"Flatten"', '"Lambda"')),
      /layer "flatten" \(Lambda\) is not supported\. It contains code/,
    );
    assert.match(
      await refused(text.replaceAll('8, 8, 1]', '9, 8, 1]')),
      /takes images of 9 × 8 × 1, but the data are images of 8 × 8 × 1/,
    );
    assert.match(
      await refused(text.replace('"units": 4', '"units": 7')),
      /has an output of a row of 7 \(layer "logits"\), but the data have 4 classes/,
    );
    assert.match(
      await refused(text, { classifier: 'fc' }),
      /"model.classifier" is "fc".* first, depthwise, hidden, logits/,
    );
    assert.match(await refused(text, { path: 'other.json' }), /other.json cannot be read: there is no such file/);
  });
});

describe('model', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  const describeOwn = async (...args: string[]) => {
    const document = await callJson<{ network: NetworkDescription }>('model', ...args);
    checkOutput('model', document);
    return document.network;
  };

  it('shows what is inferred from a file', async () => {
    const file = fixture('layersModel/tfjs.json');
    const network = await describeOwn(file);
    assert.deepEqual(network.input, [9, 6, 2]);
    assert.equal(network.classes, 3);
    assert.equal(network.classifier, 'logits');
    assert.deepEqual(network.layers[0], {
      ...{ name: 'conv', class: 'Conv2D', shape: [5, 3, 6], parameters: 114, prunable: 108, role: 'weights' },
    });
    assert.deepEqual(
      network.layers.map(({ role }) => role).filter((role) => role !== 'none'),
      ['weights', 'normalization', 'weights', 'classifier'],
    );
    assert.deepEqual(network.notes, [
      'The classifier is logits. If this is wrong, set "classifier" next to "path" in the run file.',
      'The softmax of logits is left out, because the loss takes logits.',
      'Regularizers and constraints have no effect (conv). Use "weightDecay" of the run file.',
    ]);
    const { stdout } = await cli('model', file);
    assert.match(stdout, /^conv +Conv2D +5 × 3 × 6 +114 {2}can be pruned$/m);
    assert.match(stdout, /^logits +Dense +3 +219 {2}classifier, not pruned$/m);
  });

  it('shows the corrections of a run file', async () => {
    await writeData(inFolder());
    copyFileSync(fixture('layersModel/small.json'), inFolder('small.json'));
    const prunable = { rule: 'default', exclude: ['first'] };
    writeRunFile(inFolder('own.sign.json'), { model: { ...MODEL, classifier: 'hidden', prunable } });
    const { layers, classifier } = await describeOwn(inFolder('own.sign.json'));
    assert.equal(classifier, 'hidden');
    assert.deepEqual(
      layers.filter((layer) => layer.prunable > 0).map(({ name }) => name),
      ['depthwise', 'logits'],
    );
    const { stderr } = await call('run', inFolder('own.sign.json'));
    assert.match(stderr, /can be pruned: depthwise, logits\. Normalization \(ψ\): bn\.\nThe classifier is hidden\./);
  });

  it('needs a size of images if the file accepts any', async () => {
    const text = readFileSync(fixture('layersModel/small.json'), 'utf8').replace(
      '[null, 8, 8, 1]',
      '[null, null, null, 1]',
    );
    writeFileSync(inFolder('any.json'), text);
    assert.match((await call('model', inFolder('any.json'))).stderr, /accepts images of any size.*--images HxWxC/);
    assert.deepEqual((await describeOwn(inFolder('any.json'), '--images', '8x8x1')).input, [8, 8, 1]);
  });
});
