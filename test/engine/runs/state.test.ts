import assert from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { loadPosition, loadState, START, StateWriter } from '../../../engine/runs/state';
import type { TrainingState } from '../../../engine/training/trainer';
import { temporaryFolder } from '../../fixtures';

function stateOf(value: number): TrainingState {
  const tensor = { dtype: 'F32' as const, shape: [1, 4], data: new Float32Array(4).fill(value) };
  return {
    tensors: new Map([['a.weight', tensor]]),
    masks: new Map([['a', Uint8Array.of(1, 0, 1, 1)]]),
    optimizer: { steps: value, slots: new Map([['momentum/a.weight', tensor]]) },
  };
}

describe('StateWriter', () => {
  const inFolder = temporaryFolder();

  it('returns before the state is written, and takes the next only when it is', async () => {
    const states = new StateWriter(inFolder());
    const seen: (number | undefined)[] = [];
    const written: boolean[] = [];
    for (const step of [1, 2, 3]) {
      const take = async () => {
        seen.push((await loadPosition(inFolder()))?.step);
        return stateOf(step);
      };
      await states.save(take, { ...START, step });
      written.push(existsSync(inFolder('state', 'training.safetensors')));
    }
    await states.settle();
    assert.deepEqual(seen, [undefined, 1, 2]);
    assert.equal(written[0], false);
    const { state, position } = (await loadState(inFolder()))!;
    assert.deepEqual([position.step, state.optimizer.steps], [3, 3]);
    assert.deepEqual(state, stateOf(3));
    assert.deepEqual(readdirSync(inFolder('state')), ['training.safetensors']);
  });

  it('tells what kept a state from the disk, at the next look and at the end; whoever only waits is not told', async () => {
    writeFileSync(inFolder('state'), 'a file where the folder should be');
    const states = new StateWriter(inFolder());
    states.check();
    await states.save(() => Promise.resolve(stateOf(1)), START);
    await states.idle();
    assert.throws(() => {
      states.check();
    });
    await assert.rejects(states.settle());
    await assert.rejects(states.save(() => Promise.resolve(stateOf(2)), START));
  });
});
