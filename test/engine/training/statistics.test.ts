import assert from 'node:assert/strict';
import { startBackend } from '../../../engine/backends/startBackend';
import { buildArchitecture } from '../../../engine/models/registry';
import { RunningStatistics } from '../../../engine/training/statistics';

describe('RunningStatistics', () => {
  let statistics: RunningStatistics;

  before(async () => {
    const data = { height: 2, width: 2, channels: 1, classes: 2 };
    statistics = new RunningStatistics(buildArchitecture('mlp', data), await startBackend('wasm'));
  });
  beforeEach(() => {
    statistics.restart();
  });
  after(() => {
    statistics.dispose();
  });

  for (const size of [1, 3, 7, 100, 128, 1021])
    it(`gives each batch of ${size} exactly the share 1/n of a plain mean`, () => {
      for (let n = 1; n <= 600; n++) assert.equal(statistics.nextShare(size), 1 / n);
    });

  it('gives a batch its share of all images so far', () => {
    assert.deepEqual([30, 30, 30, 10].map((size) => statistics.nextShare(size)), [1, 1 / 2, 1 / 3, 1 / 10]); // prettier-ignore
  });
});
