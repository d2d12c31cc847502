/** Compares the prunes of `training/prune_ties.json`, and the steps of every `training/*_steps.json`, with PyTorch. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { pruneByMagnitude } from '../../engine/lottery/prune';
import type { NetworkState } from '../../engine/tensors';
import { assertClose, assertSameProjections, AS_ROUNDED, changes, FLIPPED } from '../engine/training/official';
import { isFirst, isSlow, SET } from './backend';
import { listOracles, oracle, readOracleJson, type OracleNetwork } from './folder';
import { mayFlip, readState, repeat, train, type Training } from './repeat';

interface StepsOracle extends Training {
  /** The initial state, in the folder of the oracle that names its network. */
  init: string;
  batches: number[];
  methods: Record<
    string,
    {
      losses_f64: number[];
      alphas: number[] | null;
      after_step: Record<
        string,
        { noise_median_disp_rel: number; noise_max_disp_rel: number; fingerprints: Record<string, number[]> }
      >;
    }
  >;
}

/**
 * Steps are compared as long as float32 itself is exact enough. Rounding flips the signs of a few relu units, and the flips grow with each
 * step. `median` and `worst` are limits of the noise of whole tensors: beyond `median`, no step is compared; beyond `worst`, losses are
 * compared less strictly.
 */
const NOISE = { median: 1e-5, worst: 1e-3 };

for (const file of listOracles('training').filter((name) => name.endsWith('_steps.json')))
  describe(`the steps of ${file} on ${SET}`, function () {
    this.timeout(120_000);
    const steps = readOracleJson('training', file) as StepsOracle;
    const { network } = readOracleJson('training', path.dirname(steps.init), 'oracle.json') as {
      network: OracleNetwork;
    };

    if (isSlow && mayFlip(network)) return; // a ResNet on large images
    for (const [method, { losses_f64: losses, alphas, after_step: after }] of Object.entries(steps.methods))
      it(`are reproduced with ${method}`, async () => {
        const repeated = await repeat({ ...steps, network });
        const initial = await readState(repeated.architecture, steps.init);
        repeated.trainer.load(initial);
        let noise = { median: 0, worst: 0 };
        for (const [i, expected] of losses.entries()) {
          if (noise.median > NOISE.median) break;
          const given = { lr: steps.optimizer.lr, alphas: alphas?.slice(i) };
          const measured = await train(repeated, [repeated.batches[steps.batches[i]!]!], given);
          assertClose(measured.losses, [expected], noise.worst <= NOISE.worst ? 1e-5 : 1e-4);
          const stored = after[String(i + 1)];
          if (!stored) continue;
          noise = { median: stored.noise_median_disp_rel, worst: stored.noise_max_disp_rel };
          if (noise.median > NOISE.median) continue;
          const projections = Object.entries(stored.fingerprints).map(([name, [, ...rest]]) => [name, rest] as const);
          assertSameProjections(
            changes(await repeated.trainer.save(), initial),
            Object.fromEntries(projections),
            mayFlip(network) ? FLIPPED : AS_ROUNDED,
          );
        }
        repeated.trainer.dispose();
      });
  });

interface Tied {
  weights: number[][];
  mask_before: number[][];
  mask_after: number[][];
  k: number;
  threshold: number;
  kept: number;
}

if (isFirst && existsSync(oracle('training', 'prune_ties.json')))
  describe('a prune with ties', () => {
    const { cases } = readOracleJson('training', 'prune_ties.json') as { cases: Tied[] };
    cases.forEach((tied, i) => {
      it(`keeps ${tied.kept} weights for k = ${tied.k} (case ${i})`, () => {
        const { masks, requested, kept, threshold } = pruneByMagnitude(stateOf(tied), 0.2);
        const after = [...masks.values()].map((mask) => [...mask]);
        assert.deepEqual([after, requested, kept, threshold], [tied.mask_after, tied.k, tied.kept, tied.threshold]);
      });
    });
  });

function stateOf({ weights, mask_before: before }: Tied): NetworkState {
  return {
    tensors: new Map(
      weights.map((layer, i) => [
        `${i}.weight`,
        { dtype: 'F32', shape: [layer.length], data: Float32Array.from(layer) },
      ]),
    ),
    masks: new Map(before.map((mask, i) => [String(i), Uint8Array.from(mask)])),
  };
}
