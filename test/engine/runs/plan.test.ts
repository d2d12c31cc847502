/** Tests the plans of searches that continue from a checkpoint. */
import assert from 'node:assert/strict';
import { checkHere as checkBackend } from '../../../engine/terminal/checkHere';
import { tensorsWithMasks } from '../../../engine/checkpoints/state';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { initialize } from '../../../engine/models/initialize';
import { buildArchitecture } from '../../../engine/models/registry';
import { preflight } from '../../../engine/runs/preflight';
import { draftFromFile } from '../../../engine/runs/repeat';
import type { ModelSpec } from '../../../engine/vocabulary/runOptions';
import { temporaryFolder } from '../../fixtures';
import { writeData, writeRunFile } from '../process';

describe('the plan of a search that continues from a checkpoint', () => {
  const inFolder = temporaryFolder();
  const model: ModelSpec = { model: 'convnet', options: { widths: [4, 8] } };
  const { tensors } = initialize(buildArchitecture(model, { height: 8, width: 8, channels: 1, classes: 4 }), 1);

  beforeEach(() => writeData(inFolder()));

  /** Returns the warnings about a search from round 8, with these numbers of weights left in its two layers of 36 and 288 weights. */
  async function saidFrom(kept: readonly [number, number], options: object): Promise<string> {
    const masks = new Map([
      ['conv1', new Uint8Array(36).fill(1, 0, kept[0])],
      ['conv2', new Uint8Array(288).fill(1, 0, kept[1])],
    ]);
    await writeSafetensors(inFolder('c.safetensors'), { tensors: tensorsWithMasks({ tensors, masks }), metadata: {} });
    writeRunFile(inFolder('a.sign.json'), { method: 'lrr', model, rounds: 9, pruningFraction: 0.6, ...options });
    const from = { checkpoint: inFolder('c.safetensors'), round: 8 };
    const draft = await draftFromFile({ folder: inFolder('runs') }, inFolder('a.sign.json'), { from });
    return (await preflight(draft, { checkBackend }))!.warnings.join('\n');
  }

  it('begins with the weights and the round of the checkpoint', async () => {
    assert.equal(await saidFrom([36, 288], {}), '', 'after 9 rounds from a dense network, none of 324 would be left');
    await assert.rejects(
      saidFrom([1, 1], {}),
      /"pruningFraction" is 0\.6, which leaves none of 324 prunable weights in round 9\./,
    );
    assert.match(
      await saidFrom([1, 288], { scope: 'layer-wise' }),
      /pruning after round 8 will leave no weight in conv1 /,
    );
  });
});
