import assert from 'node:assert/strict';
import type { Backend } from '../../../engine/backends/backend';
import { createTrainerOn } from '../../../engine/execution/session';
import { buildArchitecture } from '../../../engine/models/registry';

describe('a session', () => {
  it('frees the backend if its trainer cannot be created', () => {
    let disposed = 0;
    const backend: Partial<Backend> = {
      createParameters: () => {
        throw new Error('out of memory');
      },
      dispose: () => disposed++,
    };
    const data = { height: 8, width: 8, channels: 1, classes: 4 };
    const architecture = buildArchitecture({ model: 'mlp', options: { hidden: [8] } }, data);
    const options = { optimizer: 'sgd', momentum: 0.9, weightDecay: 0, seed: 1 } as const;
    assert.throws(() => createTrainerOn(backend as Backend, architecture, options), /out of memory/);
    assert.equal(disposed, 1);
  });
});
