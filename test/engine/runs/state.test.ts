import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { loadPosition, START, Writer, withSavedState } from '../../../engine/runs/state';
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

function deferred() {
  let resolve: () => void;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve: resolve! };
}

const snapped = (step: number) => () => Promise.resolve({ state: stateOf(step), position: { ...START, step } });

describe('Writer', () => {
  const inFolder = temporaryFolder();

  it('returns before the state is written, and takes the next only when it is', async () => {
    const writer = new Writer(inFolder());
    const seen: (number | undefined)[] = [];
    const written: boolean[] = [];
    for (const step of [1, 2, 3]) {
      const take = async () => {
        seen.push((await loadPosition(inFolder()))?.step);
        return snapped(step)();
      };
      await writer.save(take);
      written.push(existsSync(inFolder('state', 'training.safetensors')));
    }
    await writer.settle();
    assert.deepEqual(seen, [undefined, 1, 2]);
    assert.equal(written[0], false);
    const [weight, slot, mask] = [new Float32Array(4), new Float32Array(4), new Uint8Array(4)];
    const position = await withSavedState(inFolder(), async ({ steps, ...stored }) => {
      assert.equal(steps, 3);
      await stored.tensor('a.weight', weight);
      await stored.slot('momentum/a.weight', slot);
      await stored.mask('a', mask);
    });
    assert.equal(position?.step, 3);
    const { tensors, masks } = stateOf(3);
    const data = floats(tensors, 'a.weight');
    assert.deepEqual([weight, slot, mask], [data, data, masks.get('a')]);
    assert.deepEqual(readdirSync(inFolder('state')), ['training.safetensors']);
  });

  it('begins other work in its turn, and saves when that is done', async () => {
    const writer = new Writer(inFolder());
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

  it('is not taken for the state of another network', async () => {
    const writer = new Writer(inFolder());
    await writer.save(snapped(1));
    await writer.settle();
    const asked = (use: (stored: StoredState) => Promise<void>) => withSavedState(inFolder(), use);
    await assert.rejects(
      asked((stored) => stored.tensor('a.weight', new Float32Array(3))),
      /training\.safetensors is not a state of this run’s network: a\.weight has the shape \[1, 4\]; make a new run\./,
    );
    await assert.rejects(
      asked((stored) => stored.slot('first/a.weight', new Float32Array(4))),
      /there is no optimizer\/first\/a\.weight/,
    );
    await assert.rejects(
      asked((stored) => stored.mask('b', new Uint8Array(4))),
      /there is no mask of b/,
    );
  });

  it('tells what kept a state from the disk, at the next look and at the end; whoever only waits is not told', async () => {
    writeFileSync(inFolder('state'), 'a file where the folder should be');
    const writer = new Writer(inFolder());
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
