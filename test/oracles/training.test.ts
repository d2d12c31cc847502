/** Compares every training of `training/*` with its oracle: steps, prunes, transfers, rewinding and evaluations. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { pruneByMagnitude, type PrunedByMagnitude } from '../../engine/lottery/prune';
import { nextRound } from '../../engine/lottery/rounds';
import { transfer } from '../../engine/lottery/transfer';
import type { TransferVariant } from '../../engine/vocabulary/runRecord';
import type { NetworkState } from '../../engine/tensors';
import { hashesOf, hashOf, type PruneOracle } from '../engine/oracle';
import { assertClose, assertSameChange, assertSameProjections, changes } from '../engine/training/official';
import { once, SET } from './backend';
import { listOracles, oracle, readOracleJson } from './folder';
import { readState, repeat, trainAndCheck, type Checked, type Repeated, type Training } from './repeat';

const LOSS = 1e-5;
type Hashes = Record<string, string>;
type Projections = Record<string, [number, number]>;

interface Evaluated {
  test_loss: number;
  test_acc: number;
}

interface Method {
  alphas: number[] | null;
  round0: { losses_f64: number[]; train_acc: number[]; eval_f64: Evaluated; state?: string | null };
  prune1: PruneOracle;
  round1: { losses_f64: number[]; eval_f64: Evaluated; displacement_f64: Projections; state?: string | null };
  prune2: PruneOracle;
  transfer_from_prune2?: Partial<Record<string, Hashes & Partial<Steps>>>;
  imp?: Partial<Record<string, { state_after_rewind?: Hashes; losses_f64: number[] }>>;
}

interface Steps {
  losses_f64: number[];
  projections_f64: Projections;
}

interface TrainingOracle extends Training {
  batches: Record<'round0' | 'round1' | 'test', number[]>;
  prune_rate: number;
  entries: { name: string; shape: number[]; prunable: boolean; norm: boolean; buffer: boolean }[];
  methods: Partial<Record<string, Method>>;
}

const VARIANTS: [TransferVariant, string, string][] = [
  ['signed-mask', 'sign_transfer', 'sign_transfer_2steps'],
  ['mask-only', 'mask_transfer', 'mask_transfer_2steps'],
  ['psi-kept', 'sign_transfer_keep_psi_all_norm_layers', 'keep_psi_2steps'],
];

const folders = listOracles('training').filter((name) => existsSync(oracle('training', name, 'oracle.json')));

for (const folder of folders)
  describe(`the training of ${folder} on ${SET}`, function () {
    this.timeout(120_000);
    const truth = readOracleJson('training', folder, 'oracle.json') as TrainingOracle;
    let repeated: Repeated;
    before(async () => {
      repeated = await repeat(truth);
    });
    after(() => {
      repeated.trainer.dispose();
    });
    const stored = (name: string) => readState(repeated.architecture, folder, `${name}.safetensors`);
    const pick = (indices: readonly number[]) => indices.map((i) => repeated.batches[i]!);
    const trains = (begun: NetworkState, ...given: Checked) => trainAndCheck(truth, { repeated, begun }, ...given);
    const has = (name: string) => existsSync(oracle('training', folder, `${name}.safetensors`));

    once('builds a network with the names, shapes and prunable layers of the oracle', () => {
      assert.deepEqual(
        repeated.architecture.entries.map(({ name, shape, prunable, role }) => [
          name,
          [...shape],
          prunable,
          role === 'normalization',
          role === 'buffer',
        ]),
        truth.entries.map(({ name, shape, prunable, norm, buffer }) => [name, shape, prunable, norm, buffer]),
      );
    });

    for (const [method, expected] of Object.entries(truth.methods)) {
      if (!expected) continue;
      const { lr } = truth.optimizer;
      const { alphas, round0, prune1, round1, prune2, transfer_from_prune2: transferred = {}, imp = {} } = expected;
      const first = truth.batches.round0.length;
      const afterRound0 = () => stored(`${method}_round0`);
      const pruned1 = async (): Promise<NetworkState> => {
        const state = await afterRound0();
        return { tensors: state.tensors, masks: pruneByMagnitude(state, truth.prune_rate).masks };
      };
      const pruned2 = async () => {
        const { masks } = await pruned1();
        const state = { tensors: (await stored(`${method}_round1`)).tensors, masks };
        return { state, pruned: pruneByMagnitude(state, truth.prune_rate) };
      };
      const evaluates = async ({ test_loss, test_acc }: Evaluated) => {
        const { loss, accuracy } = await repeated.trainer.evaluate(pick(truth.batches.test));
        assertClose([loss, accuracy], [test_loss, test_acc], LOSS);
      };

      it(`reproduces the steps of round 0, ${method}`, async () => {
        const initial = await stored('initA');
        await trains(initial, pick(truth.batches.round0), { lr, alphas }, async (measured) => {
          assertClose(measured.losses, round0.losses_f64, LOSS);
          assert.deepEqual(measured.accuracies, round0.train_acc);
          if (has(`${method}_round0`))
            assertSameChange(changes(await repeated.trainer.save(), initial), changes(await afterRound0(), initial));
          await evaluates(round0.eval_f64);
        });
      });

      if (!has(`${method}_round0`)) continue;

      once(`reproduces the first prune, ${method}`, async () => {
        assertPruned(pruneByMagnitude(await afterRound0(), truth.prune_rate), prune1);
      });

      it(`reproduces the steps of round 1, ${method}`, async () => {
        const begun = await pruned1();
        const given = { lr, alphas: alphas?.slice(first) };
        await trains(begun, pick(truth.batches.round1), given, async ({ losses }) => {
          assertClose(losses, round1.losses_f64, LOSS);
          assertSameProjections(changes(await repeated.trainer.save(), begun), round1.displacement_f64);
          await evaluates(round1.eval_f64);
        });
      });

      for (const [name, rewound] of Object.entries(imp)) {
        const { state_after_rewind: hashes, losses_f64: expectedLosses = [] } = rewound ?? {};
        const point = name === 'rewind_step_0' ? 'initA' : `${method}_step2`;
        if (hashes && has(point))
          it(`reproduces ${name} and the steps after it, ${method}`, async () => {
            const options = { method: 'imp' as const, pruningFraction: truth.prune_rate, seed: 1 };
            const { state } = nextRound(await afterRound0(), { options, round: 0 }, await stored(point));
            assertHashes(state, hashes);
            await trains(state, pick(truth.batches.round1), { lr }, ({ losses }) => {
              assertClose(losses, expectedLosses, LOSS);
            });
          });
      }

      if (!has(`${method}_round1`)) continue;

      once(`reproduces the second prune, ${method}`, async () => {
        assertPruned((await pruned2()).pruned, prune2);
      });

      for (const [variant, hashes, steps] of VARIANTS) {
        const begin = async () => {
          const { state, pruned } = await pruned2();
          const source = { tensors: state.tensors, masks: pruned.masks };
          return transfer(source, await stored('initB'), { variant, seed: 1, architecture: repeated.architecture });
        };
        const [sums, after] = [transferred[hashes], transferred[steps]];
        if (sums)
          once(`reproduces the transfer with ${variant}, ${method}`, async () => {
            assertHashes(await begin(), sums);
          });
        if (after)
          it(`reproduces the steps after the transfer with ${variant}, ${method}`, async () => {
            const { losses_f64: losses, projections_f64: projections } = after as Steps;
            await trains(await begin(), pick([0, 1]), { lr }, async (measured) => {
              assertClose(measured.losses, losses, LOSS);
              assertSameProjections(changes(await repeated.trainer.save()), projections, { median: 1e-6, worst: 2e-2 });
            });
          });
      }
    }
  });

function assertPruned(pruned: PrunedByMagnitude, expected: PruneOracle): void {
  assert.deepEqual(
    [pruned.before, pruned.requested, pruned.kept, pruned.threshold],
    [expected.survivors_before, expected.k, expected.kept, expected.threshold],
  );
  for (const { name, kept } of expected.per_layer) {
    const mask = pruned.masks.get(name)!;
    assert.equal(
      mask.reduce((sum, bit) => sum + bit, 0),
      kept,
      name,
    );
  }
  for (const [name, hash] of Object.entries(expected.mask_sha256 ?? {})) {
    const data = pruned.masks.get(name.replace(/\.(fixed_m|weight)$/, ''))!;
    assert.equal(hashOf({ dtype: 'U8', shape: [], data }), hash, name);
  }
}

function assertHashes(state: NetworkState, expected: Hashes): void {
  const actual = hashesOf(state);
  for (const [name, hash] of Object.entries(expected)) assert.equal(actual[name], hash, name);
}
