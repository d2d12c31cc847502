/** Tests the variants of a transfer on a small network, with numbers that numpy computed (test/fixtures/make/transfer_variants.py). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { transfer, type TransferOptions } from '../../../engine/lottery/transfer';
import { initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import { floats, type NetworkState } from '../../../engine/tensors';
import type { TransferVariant } from '../../../engine/protocol';
import type { Rescale } from '../../../engine/vocabulary/transferVariants';
import { fixture } from '../../fixtures';

interface Numbers {
  mask: number[];
  networks: Record<'source' | 'init' | 'origin', Record<string, number[]>>;
  starts: Record<string, Record<string, number[]>>;
}

const oracle = JSON.parse(readFileSync(fixture('transfer/variants.json'), 'utf8')) as Numbers;
const architecture = buildArchitecture(
  { model: 'mlp', options: { hidden: [3] } },
  { height: 2, width: 2, channels: 1, classes: 2 },
);
const KEPT = 'fc1.weight';
const WEIGHTS = [KEPT, 'fc.weight', 'fc.bias'];

describe('the variants of a transfer', () => {
  it('have the signs and magnitudes that numpy computes', () => {
    for (const variant of ['signed-mask', 'mask-only', 'source-magnitudes', 'initial-signs'] as const)
      assert.deepEqual(valuesOf(start(variant)), masked(oracle.starts[variant]!), variant);
  });

  it('are rescaled as numpy does', () => {
    const cases = Object.keys(oracle.starts).filter((name) => name.includes('/'));
    assert.equal(cases.length, 5);
    for (const name of cases) {
      const [variant, rescale] = name.split('/') as [TransferVariant, Rescale];
      assert.deepEqual(valuesOf(start(variant, { rescale })), masked(oracle.starts[name]!), name);
    }
  });

  it('leave a layer without kept weights, or with zeros only, as it is', () => {
    const [source, initial] = [networkOf('source'), networkOf('init')];
    const options = { variant: 'mask-only', architecture, seed: 3 } as const;
    const empty = { ...source, masks: new Map([['fc1', new Uint8Array(12)]]) };
    const zeros = { ...source, tensors: new Map(source.tensors) };
    zeros.tensors.set(KEPT, { dtype: 'F32', shape: [3, 4], data: new Float32Array(12) });
    for (const from of [empty, zeros])
      for (const rescale of ['layer', 'source'] as const)
        assert.deepEqual(transfer(from, initial, { ...options, rescale }).tensors, initial.tensors);
  });

  it('do not rescale a new classifier, whether or not the source has one', () => {
    const whole = buildArchitecture(
      { model: 'mlp', options: { hidden: [3] }, prunable: { include: ['fc'] } },
      { height: 2, width: 2, channels: 1, classes: 2 },
    );
    const initial = networkOf('init');
    const source = { ...networkOf('source'), masks: new Map([['fc1', Uint8Array.from(oracle.mask)]]) };
    const without = { ...source, tensors: new Map(source.tensors) };
    for (const name of ['fc.weight', 'fc.bias']) without.tensors.delete(name);
    const newClassifier = ['fc.weight', 'fc.bias'];
    const options = { variant: 'mask-only', rescale: 'source', architecture: whole, seed: 3, newClassifier } as const;
    for (const from of [source, without]) {
      const state = transfer(from, initial, options);
      assert.deepEqual(floats(state.tensors, 'fc.weight'), floats(initial.tensors, 'fc.weight'));
      assert.deepEqual(state.tensors.get(KEPT), start('mask-only', { rescale: 'source' }).tensors.get(KEPT));
    }
  });

  it('prune a kept weight without a sign only if they transfer signs', () => {
    const kept = (variant: TransferVariant) =>
      start(variant)
        .masks.get('fc1')!
        .filter((bit) => bit === 1).length;
    assert.deepEqual(['signed-mask', 'random-signed-mask', 'random-magnitudes'].map((v) => kept(v as TransferVariant)), [7, 7, 7]); // prettier-ignore
    assert.deepEqual(['mask-only', 'random-signs', 'source-magnitudes'].map((v) => kept(v as TransferVariant)), [8, 8, 8]); // prettier-ignore
  });

  it('draw the magnitudes of random-magnitudes with their own seed, within the bounds of the initialization', () => {
    const signed = start('signed-mask');
    const [one, same, other] = [{ seed: 3 }, { seed: 9, magnitudeSeed: 3 }, { seed: 3, magnitudeSeed: 4 }].map(
      (seeds) => start('random-magnitudes', seeds),
    );
    const weights = (state: NetworkState) => [...floats(state.tensors, KEPT)];
    assert.deepEqual(weights(one!), weights(same!), 'the magnitudes depend only on their own seed');
    assert.notDeepEqual(weights(one!), weights(other!));
    assert.deepEqual(weights(one!).map(Math.sign), weights(signed).map(Math.sign));
    assert.ok(
      weights(one!).every((value) => Math.abs(value) <= 1 / Math.sqrt(4)),
      'the bound is 1/√fan_in',
    );
    const drawn = floats(initialize(architecture, 3).tensors, KEPT);
    assert.ok(weights(one!).every((value, i) => value === 0 || Math.abs(value) !== Math.abs(drawn[i]!)));
    for (const name of ['fc.weight', 'fc.bias', 'bn1.weight'])
      assert.deepEqual(floats(one!.tensors, name), floats(signed.tensors, name), name);
  });

  it('keep the magnitudes of the source for source-magnitudes-random-signs, and draw signs by seed', () => {
    const [one, other] = [3, 4].map((seed) => start('source-magnitudes-random-signs', { seed }));
    const sizes = (state: NetworkState) => valuesOf(state)[KEPT]!.map(Math.abs);
    const source = oracle.networks.source[KEPT]!.map((value, i) => Math.abs(value * oracle.mask[i]!));
    assert.deepEqual(sizes(one!), source);
    assert.deepEqual(sizes(other!), source);
    assert.notDeepEqual(valuesOf(one!)[KEPT], valuesOf(other!)[KEPT]);
    const signs = start('random-signs', { seed: 3 });
    assert.deepEqual(
      valuesOf(one!)[KEPT]!.map((value, i) => value && Math.sign(valuesOf(signs)[KEPT]![i]!)),
      valuesOf(one!)[KEPT]!.map(Math.sign),
      'with the same seed, all random signs are equal',
    );
    for (const name of ['fc.weight', 'fc.bias'])
      assert.deepEqual(floats(one!.tensors, name), floats(start('source-magnitudes').tensors, name), name);
  });
});

function start(variant: TransferVariant, options: Partial<TransferOptions> = {}): NetworkState {
  const [source, initial] = [networkOf('source'), networkOf('init')];
  return transfer({ ...source, masks: new Map([['fc1', Uint8Array.from(oracle.mask)]]) }, initial, {
    variant,
    architecture,
    seed: 3,
    origin: networkOf('origin'),
    ...options,
  });
}

function networkOf(name: keyof Numbers['networks']): NetworkState {
  const { tensors, masks } = initialize(architecture, 1);
  for (const [tensor, values] of Object.entries(oracle.networks[name])) floats(tensors, tensor).set(values);
  return { tensors, masks };
}

/** Returns the weights and biases by name. Pruned weights are 0. */
function valuesOf({ tensors }: NetworkState): Record<string, number[]> {
  return masked(Object.fromEntries(WEIGHTS.map((name) => [name, [...floats(tensors, name)]])));
}

function masked(values: Record<string, number[]>): Record<string, number[]> {
  return { ...values, [KEPT]: values[KEPT]!.map((value, i) => value * oracle.mask[i]! || 0) };
}
