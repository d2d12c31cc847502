/** Tests transfers onto data with another number of classes, other image sizes or other channels. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { readNetworkState } from '../../engine/checkpoints/state';
import { random } from '../../engine/random';
import { floats, type NetworkState } from '../../engine/tensors';
import type { ListedRun, RunSummary } from '../../engine/protocol';
import { fixture, temporaryFolder } from '../fixtures';
import { npyArray, npz } from './npy';
import { call, callJson } from './reusedProcess';

const CASE = 'cases/32-foreign-transfer';
/** An mlp for 6 × 6 images of 3 classes. */
const SOURCE = fixture(`${CASE}/plain.safetensors`);

const OPTIONS = {
  ...{ method: 'lrr', model: { model: 'mlp', options: { hidden: [8] } }, rounds: 1, warmupEpochs: 1 },
  ...{ epochsPerRound: 1, batchSize: 10, learningRate: 0.05, finalEpochs: 1, backend: 'wasm' },
};

interface Images {
  size?: number;
  classes?: number;
  channels?: number;
}

describe('a transfer onto another dataset', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  /** Writes data of noise, and a run file for them. Returns the run file. */
  const writeRun = (name: string, { size = 6, classes = 3, channels = 1 }: Images, options: object = {}) => {
    const noise = random(1, name);
    const split = (count: number, part: string) => ({
      [`x_${part}`]: npyArray('|u1', [count, channels, size, size], Uint8Array.from({ length: count * channels * size * size }, () => noise.below(256))), // prettier-ignore
      [`y_${part}`]: npyArray(
        '<i8',
        [count],
        BigInt64Array.from({ length: count }, (_, i) => BigInt(i % classes)),
      ),
    });
    writeFileSync(inFolder(`${name}.npz`), npz({ ...split(30, 'train'), ...split(20, 'test') }));
    const file = inFolder(`${name}.sign.json`);
    writeFileSync(file, JSON.stringify({ ...OPTIONS, dataset: { format: 'npz', path: `${name}.npz` }, ...options }));
    return file;
  };
  const run = (options: string, to: string, file = SOURCE, ...more: string[]) =>
    call('transfer', file, '--seed', '5', '--options', options, '--dir', inFolder(to), ...more);
  const done = async (...args: Parameters<typeof run>) => {
    const { code, stderr } = await run(...args);
    assert.equal(code, 0, stderr);
    return stderr;
  };
  const refusal = async (...args: Parameters<typeof run>) => {
    const { code, stderr } = await run(...args);
    assert.equal(code, 2, stderr);
    return stderr;
  };
  const state = async (file: string) => (await readNetworkState(file)).state;
  const startOf = (name: string) => state(inFolder(name, 'checkpoints/init.safetensors'));
  const classifier = ({ tensors }: NetworkState) => ['fc.weight', 'fc.bias'].map((name) => [...floats(tensors, name)]);
  const others = ({ tensors }: NetworkState) => ['fc1.weight', 'bn1.weight'].map((name) => [...floats(tensors, name)]);

  it('starts with a new classifier if the number of classes differs, and says so', async () => {
    const five = writeRun('five', { classes: 5 });
    assert.match(await done(five, 'signed'), /plain\.safetensors has 3 classes, but the data have 5\. So the classifier \(fc\) is not transferred/); // prettier-ignore
    await done(five, 'masked', SOURCE, '--variant', 'mask-only');
    assert.deepEqual(classifier(await startOf('signed')), classifier(await startOf('masked')));
    const three = writeRun('three', {});
    await done(three, 'same');
    assert.deepEqual(others(await startOf('signed')), others(await startOf('same')));
    await done(five, 'retrained', SOURCE, '--variant', 'retrain');
    const [retrained, source] = [await startOf('retrained'), await state(SOURCE)];
    assert.deepEqual([others(retrained), retrained.masks], [others(source), source.masks]);
    assert.deepEqual(classifier(retrained), classifier(await startOf('masked')));
    assert.match(await refusal(five, 'no', SOURCE, '--classifier', 'source'), /tensor fc\.weight is 3 × 8, but must be 5 × 8 for mlp\. Its shape depends on the number of classes, which is 5 here\. To start with a new classifier, set "classifier" to "new"\./); // prettier-ignore
  });

  it('starts with a new classifier for the same number of classes only on demand', async () => {
    const three = writeRun('three', {});
    assert.doesNotMatch(await done(three, 'kept'), /classes, but/);
    const chosen = await done(three, 'chosen', SOURCE, '--classifier', 'new');
    assert.doesNotMatch(chosen, /classes, but/);
    await done(three, 'source', SOURCE, '--classifier', 'source');
    await done(three, 'masked', SOURCE, '--variant', 'mask-only');
    const [kept, fresh] = [await startOf('kept'), await startOf('chosen')];
    assert.deepEqual(classifier(fresh), classifier(await startOf('masked')));
    assert.notDeepEqual(classifier(kept), classifier(fresh));
    assert.deepEqual(others(kept), others(fresh));
    assert.deepEqual(classifier(await startOf('source')), classifier(kept));
    assert.match(await refusal(three, 'no', SOURCE, '--variant', 'mask-only', '--classifier', 'new'), /has no effect in the variant mask-only/); // prettier-ignore
    await callJson<RunSummary>('run', inFolder('chosen'), '--set', 'dataSeed=3', '--dir', inFolder('again'));
    assert.deepEqual(await startOf('again'), fresh);
    const { runs } = await callJson<{ runs: ListedRun[] }>('runs', inFolder());
    const experiments = new Map(runs.map(({ name, experiment }) => [name, experiment]));
    assert.notEqual(experiments.get('chosen'), experiments.get('kept'));
  });

  it('names what does not fit images of another size or with other channels', async () => {
    const larger = writeRun('larger', { size: 8 });
    assert.match(await refusal(larger, 'no'), /tensor fc1\.weight is 8 × 36, but must be 8 × 64 for mlp\. Its shape depends on the image size, which is 8 × 8 here, and on the number of channels, which is 1 here\. Use images of the size/); // prettier-ignore
    const model = { model: 'convnet', options: { widths: [4, 4] } };
    const conv = writeRun('conv', {}, { model });
    await callJson('run', conv, '--dir', inFolder('search'));
    const ticket = inFolder('search/checkpoints/round-01.safetensors');
    await done(writeRun('conv8', { size: 8 }, { model }), 'resized', ticket);
    const color = await refusal(writeRun('conv3', { channels: 3 }, { model }), 'no', ticket);
    assert.match(color, /tensor conv1\.weight is 4 × 1 × 3 × 3, but must be 4 × 3 × 3 × 3 for convnet\. Its shape depends on the number of channels, which is 3 here\. Use images with as many channels/); // prettier-ignore
  });
});
