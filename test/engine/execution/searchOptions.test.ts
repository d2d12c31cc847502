/** Tests whole searches with the options of pruning: their rounds, their counts, and that they resume to the same bytes. */
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Inspection, RunSummary } from '../../../engine/protocol';
import { call, callJson } from '../reusedProcess';
import { readEvents, startUntil, writeData, writeRunFile } from '../process';
import { readNetworkState } from '../../../engine/checkpoints/state';
import { floats } from '../../../engine/tensors';
import { fixture, temporaryFolder } from '../../fixtures';

describe('A search', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const directory = () => inFolder('.winning-sign/a');
  const checkpoint = (round: number) =>
    path.join(directory(), `checkpoints/round-${String(round).padStart(2, '0')}.safetensors`);

  beforeEach(() => writeData(inFolder()));

  async function run(options: object): Promise<RunSummary> {
    rmSync(directory(), { recursive: true, force: true });
    writeRunFile(inFolder('a.sign.json'), { rounds: undefined, ...options });
    const summary = await callJson<RunSummary>('run', inFolder('a.sign.json'));
    assert.equal(summary.status, 'done', JSON.stringify(summary));
    return summary;
  }

  /** Returns the numbers of kept weights of both layers in the checkpoint of each round. They begin with 36 and 288. */
  function kept(): number[][] {
    return readEvents(directory()).flatMap((event) =>
      event.type === 'round' ? [event.layers.map((layer) => layer.kept)] : [],
    );
  }

  it('prunes once to its target by one-shot, and keeps the trained weights', async () => {
    const { rounds } = await run({ method: 'one-shot', targetSparsity: 0.75, epochsPerRound: 3 });
    assert.deepEqual(
      rounds.map(({ sparsity }) => sparsity.prunable),
      [0, 0.75],
    );
    const epochs = readEvents(directory()).flatMap((event) => (event.type === 'epoch' ? [event.round] : []));
    assert.deepEqual(epochs, [0, 0, 1, 1, 1]);
    const oneShot = readFileSync(checkpoint(1));
    await run({ method: 'lrr', rounds: 1, pruningFraction: 0.75, epochsPerRound: 3 });
    assert.deepEqual(weightsIn(oneShot), weightsIn(readFileSync(checkpoint(1))));
  });

  const LRR = { method: 'lrr', targetSparsity: 0.75, pruningFraction: 0.3 };

  it('prunes until its target, which the last round reaches exactly', async () => {
    await run(LRR);
    const totals = kept().map(([first, second]) => first! + second!);
    assert.deepEqual(totals, [324, 226, 158, 110, 81]);
    const directoryText = (await call('show', directory())).stdout;
    assert.match(directoryText, /75\.0 %/);
  });

  it('has the counts of its scope in each layer', async () => {
    await run({ ...LRR, scope: 'layer-wise' });
    assert.deepEqual(kept(), [[36, 288], [25, 201], [17, 140], [11, 98], [9, 72]]); // prettier-ignore
    await run({ ...LRR, scope: 'uniform' });
    assert.deepEqual(kept(), [[36, 288], [36, 190], [36, 122], [36, 74], [36, 45]]); // prettier-ignore
    await run({ ...LRR, scope: 'erk' });
    // Densities at K weights: the first layer is dense while 17 · K / 38 > 36, since its dimensions add up to 11, and those of the other to 18.
    assert.deepEqual(kept(), [[36, 288], [36, 190], [36, 122], [36, 74], [31, 50]]); // prettier-ignore
  });

  it('has other masks by another criterion', async () => {
    const masks: Uint8Array[] = [];
    for (const criterion of ['magnitude', 'random', 'shuffled']) {
      await run({ ...LRR, targetSparsity: 0.3, criterion });
      assert.equal(kept().at(-1)!.reduce((a, b) => a + b), 226); // prettier-ignore
      masks.push(readFileSync(checkpoint(1)));
    }
    assert.equal(new Set(masks.map((bytes) => Buffer.from(bytes).toString('base64'))).size, 3);
  });

  it('has masks only for the layers that are prunable', async () => {
    const model = { model: 'convnet', options: { widths: [4, 8] }, prunable: { include: ['fc'], exclude: ['conv1'] } };
    const { rounds } = await run({ ...LRR, rounds: 1, targetSparsity: undefined, pruningFraction: 0.5, model });
    const inspected = await callJson<Inspection>('inspect', checkpoint(1));
    assert.deepEqual(
      inspected.layers.map(({ name, count, kept: left }) => [name, count, left]),
      rounds.length === 2 ? [['conv2', 288, kept()[1]![0]], ['fc', 32, kept()[1]![1]]] : [], // prettier-ignore
    );
    assert.deepEqual(inspected.leftOut.map(({ name }) => name), ['conv1']); // prettier-ignore
    assert.equal(rounds.at(-1)?.sparsity.prunable, 0.5);
    assert.equal(inspected.sparsity.prunable, 0.5);
    assert.equal(inspected.weights.prunable, 320);
  });

  it('follows its schedule of learning rates in each round', async () => {
    const ratesOf = async (options: object) => {
      await run({ method: 'lrr', rounds: 1, warmupEpochs: 4, epochsPerRound: 2, learningRate: 0.02, ...options });
      const events = readEvents(directory()).filter((event) => event.type === 'progress');
      const last = new Map(events.map(({ round, epoch, learningRate }) => [`${round}.${epoch}`, learningRate]));
      return [...last.values()].map((rate) => Number(rate.toPrecision(6)));
    };
    assert.deepEqual(await ratesOf({}), [0.02, 0.02, 0.02, 0.02, 0.02, 0.02]);
    assert.deepEqual(await ratesOf({ roundSchedule: 'step' }), [0.02, 0.02, 0.002, 0.0002, 0.02, 0.002]);
    assert.deepEqual(await ratesOf({ roundSchedule: { milestones: [1], factor: 0.5 } }), [
      ...[0.02, 0.01, 0.01, 0.01],
      ...[0.02, 0.01],
    ]);
  });

  it('trains otherwise with each option of the interpolation, and not with its default', async () => {
    const bytesOf = async (normalizationInterpolation: object, method = 'aws') => {
      await run({ method, rounds: 1, normalizationInterpolation });
      return weightsIn(readFileSync(checkpoint(1))).toString('base64');
    };
    const usual = await bytesOf({});
    assert.equal(await bytesOf({ each: 'step', parameters: 'both', initial: 'construction' }), usual);
    assert.equal(await bytesOf({ initial: 'one-zero' }), usual, 'this network starts with scale 1 and shift 0');
    const others: object[] = [
      { each: 'layer' },
      { parameters: 'scale' },
      { parameters: 'shift' },
      { low: 0.5, high: 0.5 },
    ];
    const all = [usual];
    for (const other of others) all.push(await bytesOf(other));
    assert.equal(new Set(all).size, all.length);
    assert.equal(await bytesOf({ low: 0, high: 0 }), await bytesOf({}, 'lrr'));
  });

  it('interpolates towards scale 1 and shift 0 if the options say so, whatever the network starts with', async () => {
    const small = readFileSync(fixture('layersModel/small.json'), 'utf8');
    const half = '"gamma_initializer": {"class_name": "Constant", "config": {"value": 0.5}}';
    const gamma = /"gamma_initializer": \{[^{}]*\{\}[^{}]*\}/;
    assert.match(small, gamma);
    writeFileSync(inFolder('ones.json'), small);
    writeFileSync(inFolder('halves.json'), small.replace(gamma, half));
    const searched = async (file: string, initial: string, alpha: number) => {
      const normalizationInterpolation = { low: alpha, high: alpha, initial };
      const model = { model: 'layers', path: file };
      await run({ method: 'aws', rounds: 1, model, learningRate: 0.01, normalizationInterpolation });
      const { tensors } = (await readNetworkState(checkpoint(1))).state;
      const [round] = readEvents(directory()).filter((event) => event.type === 'round');
      return { hidden: floats(tensors, 'hidden.weight'), distance: round!.normalization![0]!.distance };
    };
    // With α = 1, all steps are computed with ψ_init, so the network is that of ψ_init from the start.
    const ones = await searched('ones.json', 'construction', 1);
    const moved = await searched('halves.json', 'one-zero', 1);
    const halves = await searched('halves.json', 'construction', 1);
    assert.deepEqual(moved.hidden, ones.hidden);
    assert.notDeepEqual(halves.hidden, ones.hidden);
    const half1 = await searched('halves.json', 'one-zero', 0.5);
    const half2 = await searched('halves.json', 'construction', 0.5);
    assert.notDeepEqual(half1.hidden, half2.hidden);
    assert.notEqual(half1.distance, half2.distance);
  });

  for (const options of [
    { ...LRR, scope: 'erk', criterion: 'random' },
    { ...LRR, scope: 'global', criterion: 'random' },
    { ...LRR, method: 'imp', scope: 'uniform', criterion: 'shuffled', rewindStep: 3 },
    { ...LRR, method: 'aws', scope: 'layer-wise', roundSchedule: 'cosine', epochsPerRound: 2 },
    { ...LRR, method: 'aws', scope: 'global', normalizationInterpolation: { each: 'layer', parameters: 'scale' } },
  ])
    it(`continues to the same bytes if its state is lost, ${options.method} with ${options.scope}`, async () => {
      await run(options);
      const last = checkpoint(4);
      const bytes = readFileSync(last);
      const log = path.join(directory(), 'events.jsonl');
      const events = readEvents(directory());
      const end = events.findIndex((event) => event.type === 'round' && event.round === 2) + 1;
      writeFileSync(log, readFileSync(log, 'utf8').split('\n').slice(0, end).join('\n') + '\n');
      for (const lost of [path.join(directory(), 'state'), last, checkpoint(3)]) rmSync(lost, { recursive: true });
      const { code, stdout, stderr } = await call('resume', directory());
      assert.equal(code, 0, stderr);
      assert.match(stdout, /resumes from the end of round 2\./);
      assert.match(stdout, /round 4 /);
      assert.deepEqual(readFileSync(last), bytes);
    });

  it('that was stopped in the middle of a round resumes to the same bytes', async () => {
    const normalizationInterpolation = { each: 'layer', parameters: 'shift' };
    const drawn = { scope: 'erk', criterion: 'random', roundSchedule: 'cosine', normalizationInterpolation };
    const options = { ...LRR, ...drawn, method: 'aws', warmupEpochs: 8, epochsPerRound: 8, batchSize: 4 };
    await run(options);
    const bytes = readFileSync(checkpoint(4));
    rmSync(directory(), { recursive: true });
    for (const type of ['progress', 'round'] as const) {
      const { ended } = startUntil(type, 'SIGTERM', ['run', inFolder('a.sign.json')]);
      assert.equal((await ended).code, 130);
    }
    assert.equal((await call('resume', directory())).code, 0);
    assert.deepEqual(readFileSync(checkpoint(4)), bytes);
  });

  it('by one-shot gives tickets that can be transferred', async () => {
    await run({ method: 'one-shot', targetSparsity: 0.75 });
    const made = await callJson<RunSummary>('transfer', checkpoint(1), '--seed', '2');
    assert.deepEqual([made.status, made.method], ['done', 'one-shot']);
    assert.ok(made.result?.kind === 'train' && made.result.sparsity.prunable === 0.75);
  });
});

/** Returns the bytes of a safetensors file after its header, which names the method. */
function weightsIn(file: Buffer): Buffer {
  return file.subarray(8 + Number(file.readBigUInt64LE(0)));
}
