import assert from 'node:assert/strict';
import { signAgreement } from '../../../engine/lottery/signAgreement';
import type { NetworkState } from '../../../engine/tensors';
import { agreementOf, agreementSentences, totalAgreement } from '../../../engine/vocabulary/transferSigns';

const network = (weights: number[], mask = weights.map(() => 1)): NetworkState => ({
  tensors: new Map([['a.weight', { dtype: 'F32', shape: [weights.length], data: Float32Array.from(weights) }]]),
  masks: new Map([['a', Uint8Array.from(mask)]]),
});

describe('signAgreement', () => {
  //                    same, other, same, pruned, no sign, same
  const start = network([0.5, 0.5, -0.5, 0.5, 0.5, 0.1], [1, 1, 1, 0, 1, 1]);
  const ticket = network([2, -2, -2, -2, 0, 3]);
  const origin = network([1, 1, 1, 1, 1, -1]);

  it('counts kept weights that have a sign in both networks', () => {
    const counts = { name: 'a', kept: 4, sameSign: 3, positive: 3, ticketPositive: 2 };
    assert.deepEqual(signAgreement(start, ticket), [counts]);
    assert.deepEqual(signAgreement(start, ticket, origin), [
      { ...counts, initialization: { sameSign: 1, positive: 3 } },
    ]);
  });

  it('knows no signs of a file with masks only, or of a layer that the ticket lacks', () => {
    assert.deepEqual(signAgreement(start, network([1, 1, 1, 0, 1, 1])), []);
    assert.deepEqual(signAgreement(start, { tensors: new Map(), masks: new Map() }), []);
  });

  it('expects by chance what two shuffled lists of signs share, and half of random signs', () => {
    const [layer] = signAgreement(start, ticket, origin);
    assert.equal(agreementOf(layer!, 'mask-only').chance, 0.75 * 0.5 + 0.25 * 0.5);
    const skewed = { name: 'b', kept: 10, sameSign: 9, positive: 9, ticketPositive: 8 };
    assert.ok(Math.abs(agreementOf(skewed, 'mask-only').chance - (0.9 * 0.8 + 0.1 * 0.2)) < 1e-12);
    assert.equal(agreementOf(skewed, 'random-signs').chance, 0.5);
    const total = totalAgreement([layer!, skewed], 'mask-only');
    assert.deepEqual([total.kept, total.sameSign, total.initialization], [14, 12, undefined]);
    assert.ok(Math.abs(total.chance - (4 * 0.5 + 10 * 0.74) / 14) < 1e-12);
  });

  it('is described in words', () => {
    const layers = signAgreement(start, ticket, origin);
    assert.deepEqual(agreementSentences(totalAgreement(layers, 'signed-mask')), [
      'The start network has the sign of the checkpoint in 3 of 4 kept weights (75.0 %; by chance 50.0 %).',
      'The initialization of the checkpoint has its sign in 1 of 4 kept weights (25.0 %; by chance 50.0 %).',
    ]);
    assert.deepEqual(agreementSentences(totalAgreement([], 'signed-mask')), []);
  });
});
