/** Tests that networks which draw random numbers in a training step resume to the same bytes. */
import assert from 'node:assert/strict';
import { readNetworkState } from '../../engine/checkpoints/state';
import { buildArchitecture } from '../../engine/models/registry';
import type { ModelSpec } from '../../engine/protocol';
import { temporaryFolder } from '../fixtures';
import { WITH_SEED } from '../seed';
import { assertEqualDespiteKills, searchJob } from './killed';

const efficientnet = {
  model: 'efficientnet',
  options: { width: 0.1, blocks: [1, 2, 1, 1, 1, 1, 1], dropout: 0.3, dropConnect: 0.5 },
} satisfies ModelSpec;
const vit = {
  model: 'vit',
  options: { patchSize: 2, dim: 12, depth: 2, heads: 2, dropout: 0.2, dropConnect: 0.3 },
} satisfies ModelSpec;
const SHORT = { method: 'aws', rounds: 1, warmupEpochs: 2, epochsPerRound: 2 };

describe(`kill -9 and resume with dropout ${WITH_SEED}`, function () {
  this.timeout(300_000);
  const inFolder = temporaryFolder();

  it('gives the same bytes with EfficientNet, whose unused entries keep their values', async () => {
    await assertEqualDespiteKills(inFolder(), await searchJob(inFolder(), { ...SHORT, model: efficientnet }), {
      kills: 2,
    });
    const data = { height: 8, width: 8, channels: 1, classes: 4 };
    const { entries } = buildArchitecture(efficientnet, data);
    const unused = entries.filter((entry) => entry.unused).map(({ name }) => name);
    assert.ok(unused.length > 0);
    const stateOf = async (name: string) =>
      (await readNetworkState(inFolder('whole', 'checkpoints', `${name}.safetensors`))).state.tensors;
    const [first, last] = [await stateOf('init'), await stateOf('round-01')];
    for (const name of unused) assert.deepEqual(last.get(name), first.get(name), name);
    assert.notDeepEqual(last.get('layers.1.conv1.weight'), first.get('layers.1.conv1.weight'));
  });

  it('gives the same bytes with a ViT', async () => {
    await assertEqualDespiteKills(inFolder(), await searchJob(inFolder(), { ...SHORT, model: vit }), { kills: 2 });
  });
});
