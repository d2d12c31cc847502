import assert from 'node:assert/strict';
import { readNetworkState } from '../../../engine/checkpoints/state';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import { countFlips } from '../../../engine/inspection/flips';
import { inspect } from '../../../engine/inspection/inspect';
import { fixture, readJson, temporaryFolder } from '../../fixtures';
import { writeState } from './made';

/** Results of the official PyTorch code after the second pruning of an AWS search. */
interface Oracle {
  params_total: number;
  params_prunable: number;
  methods: {
    aws: {
      prune2: { kept: number };
      signed_after_prune2: {
        per_layer: { name: string; positive: number; negative: number; zero: number }[];
        sign_agreement_with_initA: { equal: number; of: number };
      };
    };
  };
}

for (const network of ['mixer', 'resnet20']) {
  describe(`inspection of the official code's ${network}`, () => {
    const oracle = readJson(`oracles/training/${network}/oracle.json`) as Oracle;
    const { prune2, signed_after_prune2: signed } = oracle.methods.aws;
    const signedMask = fixture(`oracles/training/${network}/aws_signed2.safetensors`);
    const initial = fixture(`oracles/training/${network}/initA.safetensors`);
    const temporary = temporaryFolder();

    it('counts the signs of a signed mask that is stored as −1, 0, 1', async () => {
      const { layers, sparsity } = await inspect(signedMask);
      const counts = layers.map(({ name, positive, negative, count, kept }) => ({
        name,
        positive,
        negative,
        zero: count - kept,
      }));
      assert.deepEqual(counts, signed.per_layer);
      assert.equal(sparsity.prunable, (oracle.params_prunable - prune2.kept) / oracle.params_prunable);
    });

    it('gives the agreement of the signed mask with the initialization', async () => {
      const { total, unmatched } = await compareCheckpoints(signedMask, initial);
      const { equal, of } = signed.sign_agreement_with_initA;
      assert.deepEqual([total.sameSign, total.keptBoth, total.flipped], [equal, of, of - equal]);
      assert.deepEqual(unmatched, [], 'the classifier has neither mask nor zeros');
    });

    it('gives the sparsity of the pruned network with both denominators', async () => {
      const [{ state }, { state: masked }] = await Promise.all([
        readNetworkState(initial),
        readNetworkState(signedMask),
      ]);
      const pruned = { tensors: state.tensors, masks: masked.masks };
      await writeState(temporary('pruned'), pruned);
      const { sparsity } = await inspect(temporary('pruned'));
      const gone = oracle.params_prunable - prune2.kept;
      assert.deepEqual(sparsity, { prunable: gone / oracle.params_prunable, all: gone / oracle.params_total });
      const flips = countFlips({ state: masked, initial: pruned });
      const flipped = flips.reduce((sum, layer) => sum + layer.flippedFromInit!, 0);
      assert.equal(flipped, signed.sign_agreement_with_initA.of - signed.sign_agreement_with_initA.equal);
    });
  });
}
