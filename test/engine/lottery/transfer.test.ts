import assert from 'node:assert/strict';
import { pruneByMagnitude } from '../../../engine/lottery/prune';
import { nextRound } from '../../../engine/lottery/rounds';
import { transfer } from '../../../engine/lottery/transfer';
import type { TransferVariant } from '../../../engine/protocol';
import { floats, type NetworkState } from '../../../engine/tensors';
import { architectureOf, hashesOf, NETWORKS, readOracle, readRound1, readState, type Network } from '../oracle';

for (const network of NETWORKS)
  describe(`transfer to another initialization, ${network}`, () => {
    const { transfer_from_prune2: oracle, transfer_from_round1_with_mask1: round1 } = readOracle(network).methods.aws;

    it('transfers a signed mask like the official code', async () => {
      assertHashes(await transferred(network, 'signed-mask'), oracle.sign_transfer);
    });

    it('transfers a mask without signs like the official code', async () => {
      assertHashes(await transferred(network, 'mask-only'), oracle.mask_transfer);
    });

    it('keeps ψ of every normalization layer for psi-kept', async () => {
      assertHashes(await transferred(network, 'psi-kept'), oracle.sign_transfer_keep_psi_all_norm_layers);
    });

    it('uses the mask that a checkpoint was trained with', async () => {
      const source = await readRound1(network, 'aws');
      const state = transfer(source, await readState(network, 'initB'), optionsOf(network, 'signed-mask'));
      assertHashes(state, round1.sign_transfer);
    });

    it('returns the pruned network itself for retrain', async () => {
      const source = await pruned(network);
      assert.deepEqual(hashesOf(await transferred(network, 'retrain')), hashesOf(source));
    });

    it('flips the signs of about half of the kept weights for random-signs, and changes no magnitude', async () => {
      const [random, signed] = [await transferred(network, 'random-signs'), await transferred(network, 'signed-mask')];
      let [kept, flipped] = [0, 0];
      for (const [layer, mask] of random.masks) {
        const [a, b] = [floats(random.tensors, `${layer}.weight`), floats(signed.tensors, `${layer}.weight`)];
        mask.forEach((bit, i) => {
          if (!bit) return;
          kept++;
          assert.equal(Math.abs(a[i]!), Math.abs(b[i]!));
          flipped += Number(a[i]! * b[i]! < 0);
        });
      }
      assert.ok(Math.abs(flipped / kept - 0.5) < 0.02, `${flipped} of ${kept}`);
    });

    it('differs from signed-mask only in the signs of masked weights for random-signed-mask', async () => {
      const [control, signed] = [
        await transferred(network, 'random-signed-mask'),
        await transferred(network, 'signed-mask'),
      ];
      const random = await transferred(network, 'random-signs');
      assert.deepEqual(control.masks, signed.masks);
      let flipped = 0;
      for (const [name, tensor] of signed.tensors) {
        const mask = signed.masks.get(name.replace(/\.weight$/, ''));
        if (!mask || !name.endsWith('.weight')) assert.deepEqual(control.tensors.get(name), tensor, name);
        else
          mask.forEach((bit, i) => {
            const [a, b, c] = [control, signed, random].map(({ tensors }) => bit * floats(tensors, name)[i]!);
            assert.equal(Math.abs(a!), Math.abs(b!));
            assert.equal(a, c, 'the signs are those of random-signs');
            flipped += Number(a! * b! < 0);
          });
      }
      assert.ok(flipped > 0);
    });

    it('starts retrain of an imp ticket from the rewound weights, like the next round', async () => {
      const [trained, rewindPoint] = [await readState(network, 'lrr_round0'), await readState(network, 'initA')];
      const next = nextRound(trained, pruning('imp'), rewindPoint).state;
      const options = { ...optionsOf(network, 'retrain'), rewindPoint };
      const state = transfer({ ...trained, masks: next.masks }, await readState(network, 'initB'), options);
      assert.deepEqual(hashesOf(state), hashesOf(next));
    });

    it('keeps every weight of a layer without a mask', async () => {
      const source = await pruned(network);
      const [layer, ...others] = [...source.masks.keys()];
      const partly = { ...source, masks: new Map(others.map((name) => [name, source.masks.get(name)!])) };
      const initial = await readState(network, 'initB');
      const state = transfer(partly, initial, optionsOf(network, 'mask-only'));
      assert.ok(state.masks.get(layer!)!.every((bit) => bit === 1));
      assert.deepEqual([...state.masks.keys()], [...source.masks.keys()]);
      assert.deepEqual(state.masks.get(others[0]!), source.masks.get(others[0]!));
    });
  });

describe('nextRound', () => {
  it('rewinds everything but the mask for imp', async () => {
    const trained = await readState('mixer', 'lrr_round0');
    const { imp } = readOracle('mixer').methods.lrr;
    const options = pruning('imp');
    assertHashes(
      nextRound(trained, options, await readState('mixer', 'initA')).state,
      imp!.rewind_step_0.state_after_rewind,
    );
    const step2 = await readState('mixer', 'lrr_step2');
    assertHashes(nextRound(trained, options, step2).state, imp!.rewind_step_2.state_after_rewind);
  });

  it('keeps the trained weights for lrr', async () => {
    const trained = await readState('mixer', 'lrr_round0');
    const { state } = nextRound(trained, pruning('lrr'));
    assert.equal(state.tensors, trained.tensors);
  });
});

/** The pruning after round 0, as in the oracle. */
function pruning(method: 'imp' | 'lrr') {
  return { options: { method, pruningFraction: 0.2, seed: 1 }, round: 0 };
}

async function pruned(network: Network): Promise<NetworkState> {
  const state = await readRound1(network, 'aws');
  return { tensors: state.tensors, masks: pruneByMagnitude(state, 0.2).masks };
}

async function transferred(network: Network, variant: TransferVariant): Promise<NetworkState> {
  return transfer(await pruned(network), await readState(network, 'initB'), optionsOf(network, variant));
}

function optionsOf(network: Network, variant: TransferVariant) {
  return { variant, architecture: architectureOf(network), seed: 3 };
}

/** Compares with the official state. It has the same tensors and masks, in a different order. */
function assertHashes(state: NetworkState, expected: Record<string, string>) {
  assert.deepEqual(sorted(hashesOf(state)), sorted(expected));
}

function sorted(hashes: Record<string, string>): [string, string][] {
  return Object.entries(hashes).sort(([a], [b]) => (a < b ? -1 : 1));
}
