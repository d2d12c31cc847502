/** Compares training on one backend step by step with the official PyTorch code. */
import assert from 'node:assert/strict';
import { memory } from '@tensorflow/tfjs-core';
import type { Backend } from '../../../engine/backends/backend';
import { readNetworkState } from '../../../engine/checkpoints/state';
import { withCheckpoint } from '../../../engine/checkpoints/open';
import { readValues } from '../../../engine/checkpoints/reader';
import { interpolate } from '../../../engine/connectivity/interpolate';
import type { Batch } from '../../../engine/datasets/dataset';
import { pruneByMagnitude } from '../../../engine/lottery/prune';
import { transfer } from '../../../engine/lottery/transfer';
import type { Architecture } from '../../../engine/models/network';
import type { TransferVariant } from '../../../engine/protocol';
import { floats, type NetworkState } from '../../../engine/tensors';
import type { Trainer } from '../../../engine/training/trainer';
import { fixture } from '../../fixtures';
import { readJson, readRound1, type Network } from '../oracle';
import {
  assertClose,
  assertSameChange,
  assertSameProjections,
  changes,
  officialArchitecture,
  officialTrainer,
  readBatches,
  readState,
  readTraining,
  train,
  trainBeside,
  AS_ROUNDED,
  type Flips,
  type Limits,
} from './official';

const LOSS = 1e-5;
const SIZE = { resnet20: 8, mixer: 32 } as const;

/** Defines the part of the suite for slow devices: the gradients of each network. */
export function differentiatesAsOfficial(start: () => Promise<Backend>): void {
  for (const network of ['resnet20', 'mixer'] as const)
    for (const method of ['lrr', 'aws'] as const)
      describe(`${network}, ${method}`, () => {
        gradientsOf(start, network, method);
      });
}

/** Defines the suite for the backend that `start` returns. Call it inside a `describe`. */
export function trainsAsOfficial(start: () => Promise<Backend>, flips?: Flips): void {
  for (const network of ['resnet20', 'mixer'] as const)
    for (const method of ['lrr', 'aws'] as const)
      describe(`${network}, ${method}`, () => {
        gradientsOf(start, network, method);
        stepsOf(start, { network, method, flips: network === 'resnet20' ? flips : undefined }); // the mixer has no relu
      });
  describe('resnet20, batch-norm statistics', () => {
    statisticsOf(start);
  });
  describe('longer and larger', () => {
    fingerprintsOf(start, flips?.limits ?? AS_ROUNDED);
  });
}

function gradientsOf(start: () => Promise<Backend>, network: Network, method: 'lrr' | 'aws'): void {
  it('computes the gradients of the first step', async () => {
    const backend = await start();
    const tensors = memory().numTensors;
    const oracle = readTraining(network);
    const [batch] = await readBatches(oracle.data);
    const trainer = officialTrainer(officialArchitecture(oracle.network, SIZE[network]), backend, 0);
    trainer.load(await readState(network, 'initA'));
    await train(trainer, [batch!], oracle.methods[method].alphas);
    const { optimizer } = await trainer.save();
    trainer.dispose();
    const file = fixture(`oracles/training/${network}/${method}_grad_step0.safetensors`);
    const { state } = await readNetworkState(file);
    const expected = new Map(
      [...state.tensors.keys()].map((name) => [name, Float64Array.from(floats(state.tensors, name))]),
    );
    const actual = new Map(
      [...expected.keys()].map((name) => [name, Float64Array.from(floats(optimizer.slots, `momentum/${name}`))]),
    );
    assertSameChange(actual, expected);
    assert.equal(memory().numTensors, tensors, 'tensors leaked');
  });
}

interface Compared {
  network: Network;
  method: 'lrr' | 'aws';
  flips: Flips | undefined;
}

function stepsOf(start: () => Promise<Backend>, { network, method, flips }: Compared): void {
  const oracle = readTraining(network);
  const { alphas, round0, round1, transfer_from_prune2: transferred, imp } = oracle.methods[method];
  const architecture = officialArchitecture(oracle.network, SIZE[network]);
  let backend: Backend;
  let batches: Batch[];
  let trainer: Trainer;
  let tensors: number;

  const pick = (indices: number[]) => indices.map((i) => batches[i]!);
  const steps: typeof train = (trained, ...given) => {
    if (!flips) return train(trained, ...given);
    const guide = async () => officialTrainer(architecture, await flips.guide());
    return trainBeside(guide, { trainer: trained, back: start, limits: flips.limits }, ...given);
  };
  const stored = (name: string) => readState(network, name);
  const afterPrune1 = async () => pruneByMagnitude(await stored(`${method}_round0`), 0.2);

  before(async () => {
    backend = await start();
    batches = await readBatches(oracle.data);
  });
  beforeEach(() => {
    tensors = memory().numTensors;
    trainer = officialTrainer(architecture, backend);
  });
  afterEach(() => {
    trainer.dispose();
    assert.equal(memory().numTensors, tensors, 'tensors leaked');
  });

  it('reproduces round 0: losses, accuracies and the state', async () => {
    const initial = await stored('initA');
    trainer.load(initial);
    const { losses, accuracies } = await steps(trainer, pick(oracle.batches.round0), alphas);
    assertClose(losses, round0.losses_f64, LOSS);
    assert.deepEqual(accuracies, round0.train_acc);
    assertSameChange(changes(await trainer.save(), initial), changes(await stored(`${method}_round0`), initial));
  });

  it('counts batches, and reproduces the evaluation of round 0 with running statistics', async () => {
    trainer.load(await stored(`${method}_round0`));
    const { loss, accuracy } = await trainer.evaluate(pick(oracle.batches.test));
    assertClose([loss, accuracy], [round0.eval_f64.test_loss, round0.eval_f64.test_acc], LOSS);
    const { tensors } = await trainer.save();
    if (network === 'resnet20') assert.equal(tensors.get('bn1.num_batches_tracked')!.data[0], 4n);
  });

  it('reproduces round 1 with masks, a new optimizer and decaying pruned weights', async () => {
    const pruned = await afterPrune1();
    const begun = { tensors: (await stored(`${method}_round0`)).tensors, masks: pruned.masks };
    trainer.load(begun);
    const { losses } = await steps(trainer, pick(oracle.batches.round1), alphas?.slice(4));
    assertClose(losses, round1.losses_f64, LOSS);
    assertSameProjections(changes(await trainer.save(), begun), round1.displacement_f64);
    const { loss, accuracy } = await trainer.evaluate(pick(oracle.batches.test));
    assertClose([loss, accuracy], [round1.eval_f64.test_loss, round1.eval_f64.test_acc], LOSS);
  });

  const transfers: [TransferVariant, keyof typeof transferred][] = [
    ['signed-mask', 'sign_transfer_2steps'],
    ['mask-only', 'mask_transfer_2steps'],
    ['psi-kept', 'keep_psi_2steps'],
  ];
  if (network === 'mixer' || method === 'aws')
    for (const [variant, name] of transfers)
      it(`reproduces training after a transfer with ${variant}`, async () => {
        const source = await readRound1(network, method);
        source.masks = pruneByMagnitude(source, 0.2).masks;
        const begun = transfer(source, await stored('initB'), { variant, seed: 1, architecture });
        trainer.load(begun);
        const { losses } = await steps(trainer, pick([0, 1]));
        assertClose(losses, transferred[name].losses_f64, LOSS);
        assertSameProjections(changes(await trainer.save()), transferred[name].projections_f64, {
          median: 1e-6,
          worst: 2e-2,
        });
      });

  if (imp)
    it('reproduces training after a rewind to the initialization', async () => {
      trainer.load({ ...(await stored('initA')), masks: (await afterPrune1()).masks });
      const { losses } = await steps(trainer, pick(oracle.batches.round1));
      assertClose(losses, imp.rewind_step_0.losses_f64, LOSS);
    });
}

function statisticsOf(start: () => Promise<Backend>): void {
  const oracle = readTraining('resnet20');
  const exact = oracle.interpolation.curves.all_params_exact_bn.f64;

  it('are re-estimated as the exact mean over batches, and used in an evaluation', async () => {
    const architecture = officialArchitecture(oracle.network, 8);
    const trainer = officialTrainer(architecture, await start());
    const batches = await readBatches(oracle.data);
    const pick = (indices: number[]) => indices.map((i) => batches[i]!);
    for (const [alpha, point] of [
      [0, 0],
      [0.5, 5],
    ] as const) {
      trainer.load(await between(alpha));
      await trainer.reestimateNormalization(pick(oracle.batches.bn_reestimation));
      const { loss, accuracy } = await trainer.evaluate(pick(oracle.batches.test));
      assertClose([loss, accuracy], [exact.test_loss[point]!, exact.test_acc[point]!], LOSS);
      await assertStatistics(await trainer.save(), `exact.a${alpha.toFixed(1)}.`);
    }
    trainer.dispose();
  });
}

/** Returns the network at α between the two solutions of the oracle. */
export async function between(alpha: number): Promise<NetworkState> {
  const signs = await readNetworkState(fixture('oracles/training/resnet20/aws_signed2.safetensors'));
  const masks = new Map(
    [...signs.state.tensors].map(([name, { data }]) => [
      name.replace(/\.weight$/, ''),
      Uint8Array.from({ length: data.length }, (_, i) => Number(Number(data[i]) !== 0)),
    ]),
  );
  const [one, two] = [await readState('resnet20', 'end1'), await readState('resnet20', 'end2')];
  return interpolate({ ...one, masks }, { ...two, masks }, alpha);
}

async function assertStatistics({ tensors }: NetworkState, prefix: string): Promise<void> {
  await withCheckpoint(fixture('oracles/training/resnet20/bn_stats.safetensors'), async (reader) => {
    const stored = reader.tensors.filter(({ name }) => name.startsWith(prefix));
    assert.equal(stored.length, 42);
    for (const tensor of stored) {
      const { name } = tensor;
      const expected = await readValues(reader, tensor);
      floats(tensors, name.slice(prefix.length)).forEach((value, i) => {
        assert.ok(Math.abs(value - expected[i]!) <= 1e-5 * Math.max(1, Math.abs(expected[i]!)), `${name}[${i}]`);
      });
    }
  });
}

interface StepsOracle {
  batches: number[];
  data: string;
  methods: Record<
    'lrr' | 'aws',
    {
      losses_f64: number[];
      alphas: number[] | null;
      after_step: Record<string, { fingerprints: Record<string, number[]> }>;
    }
  >;
}

function fingerprintsOf(start: () => Promise<Backend>, limits: Limits): void {
  for (const method of ['lrr', 'aws'] as const) {
    it(`reproduces 12 steps of the mixer, ${method}`, async () => {
      const oracle = readJson('mixer_long_steps.json') as StepsOracle;
      const architecture = officialArchitecture(readTraining('mixer').network, 32);
      await follow(await start(), {
        oracle,
        method,
        network: 'mixer',
        architecture,
        checks: [1, 6, 12],
        limits: AS_ROUNDED,
      });
    });

    it(`reproduces steps of resnet20 on 32 × 32 images within float32 precision, ${method}`, async () => {
      const oracle = readJson('resnet20_32_steps.json') as StepsOracle;
      const architecture = officialArchitecture(readTraining('resnet20').network, 32);
      await follow(await start(), { oracle, method, network: 'resnet20', architecture, checks: [1], limits });
    });
  }
}

interface Followed {
  oracle: StepsOracle;
  method: 'lrr' | 'aws';
  network: Network;
  architecture: Architecture;
  /** Numbers of steps after which the state is compared. */
  checks: number[];
  limits: Limits;
}

async function follow(backend: Backend, followed: Followed): Promise<void> {
  const { oracle, method, network, architecture, checks, limits } = followed;
  const { losses_f64, alphas, after_step } = oracle.methods[method];
  const batches = await readBatches(oracle.data);
  const initial = await readState(network, 'initA');
  const trainer = officialTrainer(architecture, backend);
  trainer.load(initial);
  const steps = Math.max(2, ...checks); // the loss of step 2 is of step 1's weights
  for (let step = 1; step <= steps; step++) {
    const { losses } = await train(trainer, [batches[oracle.batches[step - 1]!]!], alphas?.slice(step - 1));
    assertClose(losses, [losses_f64[step - 1]!], network === 'mixer' ? LOSS : 1e-4);
    if (!checks.includes(step)) continue;
    const expected = Object.entries(after_step[String(step)]!.fingerprints).map(
      ([name, [, ...projections]]) => [name, projections] as const,
    );
    const actual = changes(await trainer.save(), initial);
    const statistics = expected.filter(([name]) => name.includes('.running_'));
    assertSameProjections(actual, Object.fromEntries(expected), limits);
    if (statistics.length > 0) assertSameProjections(actual, Object.fromEntries(statistics), AS_ROUNDED);
  }
  trainer.dispose();
}
