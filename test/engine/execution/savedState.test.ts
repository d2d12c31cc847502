import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { UNGUARDED } from '../../../engine/files';
import { loadPosition, START, withSavedState } from '../../../engine/execution/savedState';
import { Writer } from '../../../engine/execution/writer';
import { floats } from '../../../engine/tensors';
import type { StoredState, TrainingState } from '../../../engine/training/trainer';
import { temporaryFolder } from '../../fixtures';

function stateOf(value: number): TrainingState {
  const tensor = { dtype: 'F32' as const, shape: [1, 4], data: new Float32Array(4).fill(value) };
  return {
    tensors: new Map([['a.weight', tensor]]),
    masks: new Map([['a', Uint8Array.of(1, 0, 1, 1)]]),
    optimizer: { steps: value, slots: new Map([['momentum/a.weight', tensor]]) },
  };
}

const emptyF32 = (shape = [1, 4]) => ({ dtype: 'F32' as const, shape, data: new Float32Array(4) });
const emptyU8 = () => ({ dtype: 'U8' as const, shape: [1, 4], data: new Uint8Array(4) });

function deferred() {
  let resolve: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: resolve! };
}

const signsOf = (value: number) =>
  new Map([['a', { dtype: 'U8' as const, shape: [1, 4], data: Uint8Array.of(value, 0, 2, 7) }]]);

const snapped = (step: number) => () =>
  Promise.resolve({ state: stateOf(step), signs: signsOf(step), position: { ...START, step } });

describe('a saved state', () => {
  const inFolder = temporaryFolder();

  it('is written in the background, and the next state is collected only after that', async () => {
    const writer = new Writer({ directory: inFolder(), options: 'some', lock: UNGUARDED });
    const seen: (number | undefined)[] = [];
    const written: boolean[] = [];
    for (const step of [1, 2, 3]) {
      const take = async () => {
        seen.push((await loadPosition(inFolder(), 'some'))?.step);
        return snapped(step)();
      };
      await writer.save(take);
      written.push(existsSync(inFolder('state', 'training.safetensors')));
    }
    await writer.settle();
    assert.deepEqual(seen, [undefined, 1, 2]);
    assert.equal(written[0], false);
    const [weight, slot, mask, signs] = [emptyF32(), emptyF32(), emptyU8(), emptyU8()];
    const position = await withSavedState(inFolder(), 'some', async ({ steps, ...stored }) => {
      assert.equal(steps, 3);
      await stored.tensor('a.weight', weight);
      await stored.slot('momentum/a.weight', slot);
      await stored.mask('a', mask);
      assert.equal(await stored.signs('a', signs), true);
      assert.equal(await stored.signs('b', signs), false);
    });
    assert.equal(position?.step, 3);
    assert.deepEqual(signs, signsOf(3).get('a'));
    const { tensors, masks } = stateOf(3);
    const data = floats(tensors, 'a.weight');
    assert.deepEqual([weight.data, slot.data, mask.data], [data, data, masks.get('a')]);
    assert.deepEqual(readdirSync(inFolder('state')), ['training.safetensors']);
  });

  it('is written after other work that was queued before', async () => {
    const writer = new Writer({ directory: inFolder(), options: 'some', lock: UNGUARDED });
    const seen: string[] = [];
    const { promise, resolve: finish } = deferred();
    await writer.begin(() => promise.then(() => seen.push('work')));
    const saved = writer.save(() => {
      seen.push('state');
      return snapped(1)();
    });
    seen.push('training');
    finish();
    await saved;
    await writer.settle();
    assert.deepEqual(seen, ['training', 'work', 'state']);
    await writer.begin(() => Promise.reject(new Error('no room')));
    await writer.idle();
    assert.throws(() => {
      writer.check();
    }, /no room/);
  });

  it('is refused by another network or another run', async () => {
    const writer = new Writer({ directory: inFolder(), options: 'some', lock: UNGUARDED });
    await writer.save(snapped(1));
    await writer.settle();
    const asked = (use: (stored: StoredState) => Promise<void>) => withSavedState(inFolder(), 'some', use);
    await assert.rejects(
      asked((stored) => stored.tensor('a.weight', emptyF32([4, 1]))),
      /belongs to another network: a\.weight is float32 \[1, 4\], but must be float32 \[4, 1\]\. Delete .*training\.safetensors to resume/,
    );
    const counter = { dtype: 'I64' as const, shape: [1, 4], data: new BigInt64Array(4) };
    await assert.rejects(
      asked((stored) => stored.tensor('a.weight', counter)),
      /is float32 \[1, 4\], but must be int64/,
    );
    await assert.rejects(
      asked((stored) => stored.slot('first/a.weight', emptyF32())),
      /it has no tensor "optimizer\/first\/a\.weight"/,
    );
    await assert.rejects(
      asked((stored) => stored.mask('b', emptyU8())),
      /it has no mask for "b"/,
    );
    await assert.rejects(
      loadPosition(inFolder(), 'other'),
      /was saved with other options than .*run\.json has now\. Restore/,
    );
  });

  it('is refused if a bit of a tensor has changed', async () => {
    const writer = new Writer({ directory: inFolder(), options: 'some', lock: UNGUARDED });
    await writer.save(snapped(1));
    await writer.settle();
    const file = inFolder('state', 'training.safetensors');
    const bytes = readFileSync(file);
    for (const end of [1, 5]) bytes[bytes.length - end]! ^= 1; // of the signs and of the mask, the last in the file
    bytes[8 + Number(bytes.readBigUInt64LE(0))]! ^= 1; // of a float
    writeFileSync(file, bytes);
    for (const read of [
      (stored: StoredState) => stored.mask('a', emptyU8()),
      async (stored: StoredState) => {
        await stored.signs('a', emptyU8());
      },
      async (stored: StoredState) => {
        await stored.tensor('a.weight', emptyF32());
        await stored.slot('momentum/a.weight', emptyF32());
      },
    ])
      await assert.rejects(
        withSavedState(inFolder(), 'some', read),
        /cannot be used: the file is corrupt \(checksum mismatch in "\S+"\)\. Delete/,
      );
  });

  it('is refused if its metadata are corrupt', async () => {
    const writer = new Writer({ directory: inFolder(), options: 'some', lock: UNGUARDED });
    await writer.save(snapped(1));
    await writer.settle();
    const file = inFolder('state', 'training.safetensors');
    const text = readFileSync(file).toString('latin1');
    for (const [there, here] of [
      [String.raw`\"epoch\":0`, String.raw`\"epoch\":1`],
      ['"optimizerSteps":"', '"optimizerStepz":"'],
      ['"checksum":"', '"checksun":"'],
      ['"checksums":"', '"checksumz":"'],
      ['"position":"{', '"position":"}'],
    ] as const) {
      assert.ok(text.includes(there), there);
      writeFileSync(file, text.replace(there, here), 'latin1');
      await assert.rejects(loadPosition(inFolder(), 'some'), /the file is corrupt \(checksum mismatch\)\. Delete/);
    }
    writeFileSync(file, text, 'latin1');
    assert.ok(await loadPosition(inFolder(), 'some'));
  });

  it('is refused if the file is a checkpoint or truncated', async () => {
    const file = inFolder('state', 'training.safetensors');
    mkdirSync(inFolder('state'));
    await writeSafetensors(file, { tensors: stateOf(1).tensors, metadata: { round: '1' } });
    await assert.rejects(loadPosition(inFolder(), 'some'), /is a checkpoint, not a saved state .*\. Delete/);
    writeFileSync(file, readFileSync(file).subarray(0, 60));
    await assert.rejects(
      loadPosition(inFolder(), 'some'),
      /not a valid safetensors file.*Delete .* to resume from the end of the last round/,
    );
  });

  it('is refused if its metadata have a wrong type', async () => {
    const file = inFolder('state', 'training.safetensors');
    mkdirSync(inFolder('state'));
    const bad: [Record<string, string>, RegExp][] = [
      [{ position: '{' }, /its position is not valid JSON\. Delete/],
      [{ position: '{"epoch":0}' }, /its position has no "round"\. Delete/],
      [
        { position: '{"round":-1}' },
        /its position: field "round" is -1; it must be a whole number up to 10000\. Delete/,
      ],
    ];
    for (const [metadata, sentence] of bad) {
      await writeSafetensors(file, { tensors: stateOf(1).tensors, metadata });
      await assert.rejects(loadPosition(inFolder(), 'some'), sentence);
    }
  });

  it('reports a failed write in check, settle and save, but not in idle', async () => {
    writeFileSync(inFolder('state'), 'a file where the folder should be');
    const writer = new Writer({ directory: inFolder(), options: 'some', lock: UNGUARDED });
    writer.check();
    await writer.save(snapped(1));
    await writer.idle();
    assert.throws(() => {
      writer.check();
    });
    await assert.rejects(writer.settle());
    await assert.rejects(writer.save(snapped(2)));
  });
});
