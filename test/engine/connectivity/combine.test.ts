import assert from 'node:assert/strict';
import { withCheckpoint } from '../../../engine/checkpoints/open';
import { readValues } from '../../../engine/checkpoints/reader';
import { combine, masksEqual, refuseDifferentMasks } from '../../../engine/connectivity/combine';
import { UserError } from '../../../engine/errors';
import { floats, layerNameOf, type HostTensor, type NetworkState } from '../../../engine/tensors';
import { fixture } from '../../fixtures';

/** Weights of the sums that numpy computed (test/fixtures/make/interpolation.py). */
const SHARES = { line: [0.3, 0.7], plane: [0.25, 0.9, -0.15] } as const;

describe('combine', () => {
  let stored: Map<string, HostTensor>;
  before(async () => {
    stored = await readAll(fixture('connectivity/interpolation.safetensors'));
  });

  for (const kind of ['line', 'plane'] as const)
    for (const rule of ['union', 'intersection'] as const)
      it(`sums every parameter on a ${kind} like numpy, with the ${rule} of the masks`, () => {
        const states = SHARES[kind].map((_, i) => networkIn(stored, `${i}/`, `mask${i}/`));
        const { tensors, masks } = combine(states, SHARES[kind], rule);
        const expected = networkIn(stored, `${kind}/${rule}/`, `${kind}/${rule}/mask/`);
        assert.deepEqual([...tensors.keys()].sort(), [...expected.tensors.keys()].sort());
        for (const name of tensors.keys()) {
          const found = floats(tensors, name);
          floats(expected.tensors, name).forEach((value, i) => {
            assert.ok(Math.abs(found[i]! - value) <= 1e-6 * Math.max(1, Math.abs(value)), `${name}[${i}]`);
          });
        }
        assert.deepEqual(new Map([...masks].sort()), new Map([...expected.masks].sort()));
      });

  it('adds in double precision, in the order of the networks, and rounds once', () => {
    const values = [
      [0.1, -0, 3e-39, 16777216, 1e38],
      [0.2, -0, -7.3, 1, -1e38],
      [0.7, -0, 1e-45, -16777215, 3e38],
    ];
    const shares = [0.3, 0.3, 0.4];
    const states = values.map((data): NetworkState => {
      return {
        tensors: new Map([['a.bias', { dtype: 'F32', shape: [5], data: Float32Array.from(data) }]]),
        masks: new Map(),
      };
    });
    const [x, y, z] = values.map((data) => Float32Array.from(data));
    const expected = x!.map((_, i) => shares[0]! * x![i]! + shares[1]! * y![i]! + shares[2]! * z![i]!);
    assert.deepEqual(floats(combine(states, shares, 'union').tensors, 'a.bias'), expected);
  });

  it('names the files and a layer if masks must be equal and are not', () => {
    const [a, b] = [networkIn(stored, '0/', 'mask0/'), networkIn(stored, '1/', 'mask1/')];
    assert.equal(masksEqual(a, a, a), true);
    assert.equal(masksEqual(a, a, b), false);
    refuseDifferentMasks(['a', 'b'], [a, a]);
    assert.throws(
      () => {
        refuseDifferentMasks(['a.pt', 'b.pt'], [a, b]);
      },
      (error) =>
        error instanceof UserError &&
        /^a\.pt and b\.pt have different masks, in 2\.0\.fn\.0 and 3 more layers\. .*--masks/.test(error.message),
    );
  });
});

async function readAll(file: string): Promise<Map<string, HostTensor>> {
  return withCheckpoint(file, async (reader) => {
    const all = new Map<string, HostTensor>();
    for (const tensor of reader.tensors) {
      const values = await readValues(reader, tensor);
      const { name, shape } = tensor;
      all.set(
        name,
        tensor.dtype === 'uint8'
          ? { dtype: 'U8', shape, data: Uint8Array.from(values, Number) }
          : { dtype: 'F32', shape, data: Float32Array.from(values, Number) },
      );
    }
    return all;
  });
}

/** Returns the tensors and the masks whose names begin with the prefixes. */
function networkIn(stored: ReadonlyMap<string, HostTensor>, prefix: string, maskPrefix: string): NetworkState {
  const state: NetworkState = { tensors: new Map(), masks: new Map() };
  for (const [name, tensor] of stored)
    if (name.startsWith(maskPrefix))
      state.masks.set(layerNameOf(name.slice(maskPrefix.length)), tensor.data as Uint8Array);
    else if (name.startsWith(prefix)) state.tensors.set(name.slice(prefix.length), tensor);
  return state;
}
