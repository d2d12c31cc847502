import assert from 'node:assert/strict';
import { compareCheckpoints } from '../../../engine/inspection/compare';
import type { LayerComparison } from '../../../engine/protocol';
import { countFlips } from '../../../engine/inspection/flips';
import { fixture, temporaryFolder } from '../../fixtures';
import { layerOf, madeState, writeState } from './made';

const SHAPES = { conv: [8, 4, 3, 3], 'layers.0.fc': [50, 21] };

describe('compareCheckpoints', () => {
  const temporary = temporaryFolder();

  it('gives the same counts as a simple loop', async () => {
    const [a, b] = [madeState(1, SHAPES), madeState(2, SHAPES)];
    await writeState(temporary('a'), a);
    await writeState(temporary('b'), b);
    const { layers, total, unmatched } = await compareCheckpoints(temporary('a'), temporary('b'));
    assert.deepEqual(
      layers.map((layer) => layer.name),
      Object.keys(SHAPES),
    );
    assert.deepEqual(unmatched, []);
    const pairs = Object.keys(SHAPES).map((name) => pairsOf(layerOf(a, name), layerOf(b, name)));
    layers.forEach((layer, i) => {
      checkComparison(layer, pairs[i]!);
    });
    checkComparison(total, pairs.flat(), pairs);
  });

  it('finds no difference between a checkpoint and itself', async () => {
    const file = fixture('safetensors/aws_state_f32.safetensors');
    const { layers, total } = await compareCheckpoints(file, file);
    assert.deepEqual([total.count, total.keptBoth, total.flipped], [4876, 2496, 0]);
    for (const layer of [...layers, total]) assert.deepEqual([layer.iou, layer.signAgreement], [1, 1]);
    // 1207 signs are + and 1289 are −, so shuffled signs agree with this probability
    assert.equal(total.chanceAgreement, (1207 ** 2 + 1289 ** 2) / 2496 ** 2);
  });

  it('finds no flipped sign after rounding to bfloat16', async () => {
    const names = ['f32', 'bf16'].map((dtype) => fixture(`safetensors/aws_state_${dtype}.safetensors`));
    const { total } = await compareCheckpoints(names[0]!, names[1]!);
    assert.deepEqual([total.iou, total.signAgreement], [1, 1]);
  });

  it('names the layers without a matching layer in the other checkpoint, and says why', async () => {
    await writeState(temporary('a'), madeState(1, { same: [2, 2], other: [2, 3], mine: [4, 1] }));
    await writeState(temporary('b'), madeState(2, { same: [2, 2], other: [3, 2] }));
    const { layers, unmatched } = await compareCheckpoints(temporary('a'), temporary('b'));
    assert.deepEqual(
      layers.map((layer) => layer.name),
      ['same'],
    );
    assert.deepEqual(unmatched, [
      { name: 'other', side: 'a', reason: `the shape is [2, 3], but [3, 2] in ${temporary('b')}`, otherShape: [3, 2] },
      { name: 'mine', side: 'a', reason: `there is no such layer in ${temporary('b')}` },
      { name: 'other', side: 'b', reason: `the shape is [3, 2], but [2, 3] in ${temporary('a')}`, otherShape: [2, 3] },
    ]);
  });

  it('gives an IoU of 1 for two empty masks, and a sign agreement of 0', async () => {
    const file = fixture('hostile/aws/all_pruned.safetensors');
    const { total } = await compareCheckpoints(file, file);
    assert.deepEqual([total.iou, total.signAgreement, total.chanceAgreement, total.neither], [1, 0, 0, 54]);
  });

  it('counts a weight that is 0 in only one checkpoint as neither equal nor flipped', async () => {
    const file = fixture('hostile/aws/kept_but_zero.safetensors');
    const { total: itself } = await compareCheckpoints(file, file);
    assert.deepEqual([itself.sameSign, itself.flipped], [54, 0]);
    const { total } = await compareCheckpoints(file, fixture('hostile/aws/nan_weight.safetensors'));
    assert.equal(total.keptBoth, 54);
    assert(total.sameSign + total.flipped < 54);
  });
});

describe('countFlips', () => {
  it('gives the same counts as a simple loop', () => {
    const [state, initial, previous] = [1, 2, 3].map((seed) => madeState(seed, SHAPES));
    const layers = countFlips({ state: state!, initial: initial!, previous });
    layers.forEach((layer) => {
      const now = layerOf(state!, layer.name);
      const sinceInit = pairsOf(now, layerOf(initial!, layer.name));
      const since = pairsOf(now, layerOf(previous!, layer.name));
      const signs = sinceInit.map(({ a }) => a);
      assert.deepEqual(layer, {
        name: layer.name,
        count: signs.length,
        kept: signs.filter((sign) => sign !== undefined).length,
        positive: signs.filter((sign) => sign === 1).length,
        negative: signs.filter((sign) => sign === -1).length,
        flippedFromInit: sinceInit.filter(isFlipped).length,
        keptSincePrevious: since.filter(({ a, b }) => a !== undefined && b !== undefined).length,
        flippedFromPrevious: since.filter(isFlipped).length,
      });
    });
    assert.deepEqual(
      layers.map((layer) => layer.name),
      Object.keys(SHAPES),
    );
  });

  it('counts a layer without a mask as dense, and gives 0 for a missing previous round', () => {
    const state = madeState(1, { fc: [3, 3] });
    const initial = { tensors: madeState(2, { fc: [3, 3] }).tensors, masks: new Map() };
    const [layer] = countFlips({ state, initial });
    const now = layerOf(state, 'fc');
    const before = {
      weights: [...initial.tensors.get('fc.weight')!.data].map(Number),
      mask: new Array<number>(9).fill(1),
    };
    assert.equal(layer?.flippedFromInit, pairsOf(now, before).filter(isFlipped).length);
    assert.deepEqual([layer.keptSincePrevious, layer.flippedFromPrevious], [0, 0]);
  });
});

/** The signs of a weight in two checkpoints; undefined where the weight is pruned. */
interface Pair {
  a: number | undefined;
  b: number | undefined;
}

type Plain = ReturnType<typeof layerOf>;

function pairsOf(a: Plain, b: Plain): Pair[] {
  const sign = ({ weights, mask }: Plain, i: number) => (mask[i] === 1 ? Math.sign(weights[i]!) : undefined);
  return a.weights.map((_, i) => ({ a: sign(a, i), b: sign(b, i) }));
}

function isFlipped({ a, b }: Pair): boolean {
  return a !== undefined && b !== undefined && a * b === -1;
}

function checkComparison(layer: LayerComparison, pairs: Pair[], groups = [pairs]): void {
  const both = pairs.filter(({ a, b }) => a !== undefined && b !== undefined);
  const onlyA = pairs.filter(({ a, b }) => a !== undefined && b === undefined).length;
  const onlyB = pairs.filter(({ a, b }) => a === undefined && b !== undefined).length;
  const same = both.filter(({ a, b }) => a === b).length;
  const share = (sign: number, side: 'a' | 'b') => both.filter((pair) => pair[side] === sign).length / both.length;
  const chance = [-1, 0, 1].reduce((sum, sign) => sum + share(sign, 'a') * share(sign, 'b'), 0);
  const {
    iou,
    signAgreement,
    chanceAgreement,
    signSigma,
    chanceIou,
    maskSigma,
    name: _,
    magnitudeCorrelation: __,
    ...counts
  } = layer;
  const neither = pairs.length - both.length - onlyA - onlyB;
  const flipped = both.filter(isFlipped).length;
  assert.deepEqual(counts, {
    count: pairs.length,
    keptBoth: both.length,
    onlyA,
    onlyB,
    neither,
    sameSign: same,
    flipped,
  });
  assert.equal(iou, both.length / (both.length + onlyA + onlyB));
  assert.equal(signAgreement, same / both.length);
  assert(Math.abs(chanceAgreement - chance) < 1e-12);
  near(signSigma, (same - both.length * chance) / Math.sqrt(both.length * chance * (1 - chance)));
  const moments = groups.map(shuffled);
  const [mean, variance, kept] = [0, 1, 2].map((at) => moments.reduce((sum, moment) => sum + moment[at]!, 0));
  near(chanceIou, mean! / (kept! - mean!));
  near(maskSigma, (both.length - mean!) / Math.sqrt(variance!));
}

/** Mean and variance of the number of weights kept in both if one mask is shuffled, and the number that A and B keep. */
function shuffled(pairs: Pair[]): number[] {
  const [a, b, n] = [count(pairs, 'a'), count(pairs, 'b'), pairs.length];
  return [(a * b) / n, (a * b * (n - a) * (n - b)) / (n * n * (n - 1)), a + b];
}

function count(pairs: Pair[], side: 'a' | 'b'): number {
  return pairs.filter((pair) => pair[side] !== undefined).length;
}

function near(actual: number, expected: number): void {
  assert(Math.abs(actual - expected) < 1e-9 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
}
