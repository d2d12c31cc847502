import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { readMetadata } from '../../../engine/checkpoints/open';
import { planReestimation } from '../../../engine/execution/reestimation';
import { makeRun } from '../../../engine/runs/drafts';
import { draftFromFile } from '../../../engine/runs/repeat';
import { readRun } from '../../../engine/runs/list';
import { summaryOf } from '../../../engine/runs/snapshot';
import { temporaryFolder } from '../../fixtures';
import { readEvents, writeData, writeRunFile } from '../process';
import { call } from '../reusedProcess';
import type { Once } from './executeOnce';

describe('planReestimation', () => {
  const plan = (counts: Partial<Parameters<typeof planReestimation>[0]>) =>
    planReestimation({ train: 50_000, test: 10_000, batchSize: 128, epochs: 10, ...counts });

  it('uses a sufficient number of images in a long round, in whole batches', () => {
    assert.deepEqual(plan({}), { round: 8_192, epoch: undefined });
    assert.equal(plan({ batchSize: 100 }).round, 8_100);
    assert.equal(plan({ train: 6_001 }).round, 6_001);
  });

  it('uses at most 15 % of the images of a short round', () => {
    assert.equal(plan({ train: 9_000, test: 2_000, batchSize: 64, epochs: 2 }).round, 42 * 64);
    for (const epochs of [1, 2, 3]) assert.ok(plan({ epochs }).round <= 0.15 * epochs * 50_000);
  });

  it('measures after an epoch only if both passes use at most 15 % of its images', () => {
    assert.deepEqual(plan({ train: 100_000 }), { round: 8_192, epoch: 4_992 });
    assert.equal(plan({ train: 70_000 }).epoch, undefined);
  });

  it('uses at least 512 images, or all images if there are fewer, and at least one batch', () => {
    assert.equal(plan({ train: 1_000, batchSize: 10, epochs: 1 }).round, 510);
    assert.equal(plan({ train: 300, batchSize: 128, epochs: 1 }).round, 300);
    assert.equal(plan({ train: 4_000, batchSize: 1_000, epochs: 1 }).round, 1_000);
  });
});

describe('the re-estimated accuracy of a search', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  /** Makes a run in a new directory and executes it in a process. `options` replace those of `QUICK`. */
  async function run(name: string, options: object, settings: Once = {}): Promise<string> {
    const file = inFolder('run.sign.json'); // checkpoints have the run's name, so all are named after this file
    writeRunFile(file, { rounds: 1, ...options });
    await writeData(inFolder());
    const directory = await makeRun(await draftFromFile({ directory: inFolder(name) }, file));
    await execute(directory, settings);
    return directory;
  }

  const measuredOf = (directory: string, type: 'epoch' | 'round') =>
    readEvents(directory).flatMap((event) => (event.type === type && 'test' in event ? [event.reestimated] : []));

  for (const method of ['lrr', 'aws', 'imp'])
    it(`does not change the checkpoints and the state of ${method}`, async () => {
      const [measured, former] = [
        await run('new', { method }),
        await run('former', { method }, { reestimates: false }),
      ];
      assert.ok(measuredOf(measured, 'round').every((one) => one !== undefined));
      assert.deepEqual(measuredOf(former, 'round'), [undefined, undefined]);
      assert.deepEqual(await bytesOf(measured), await bytesOf(former));
    });

  it('is measured at the end of each round and logged with its last epoch', async () => {
    const directory = await run('aws', { method: 'aws', epochsPerRound: 2 });
    const [rounds, epochs] = [measuredOf(directory, 'round'), measuredOf(directory, 'epoch')];
    assert.deepEqual(epochs, [undefined, rounds[0], undefined, rounds[1]]);
    const { rounds: listed } = summaryOf((await readRun(directory)).snapshot);
    assert.deepEqual(
      listed.map(({ reestimated }) => reestimated),
      rounds,
    );
    for (const { test, reestimated } of listed) assert.notDeepEqual(reestimated, test);
  });

  it('is equal in equal runs, also if a run was killed between measuring and logging', async () => {
    const options = { method: 'aws' };
    const whole = await run('whole', options);
    const cut = await run('cut', options, { dieAtRound: 1 });
    await execute(cut);
    assert.equal(readEvents(cut).filter(({ type }) => type === 'resumed').length, 1);
    for (const type of ['epoch', 'round'] as const) assert.deepEqual(measuredOf(cut, type), measuredOf(whole, type));
  });

  it('is missing without batch norm and in full trainings', async () => {
    const mixer = { model: 'mixer', options: { dim: 8, depth: 1 } };
    for (const [name, options] of [
      ['mlp', { model: { model: 'mlp', options: { hidden: [8], batchNorm: false } } }],
      ['mixer', { model: mixer }],
      ['dense', { method: 'dense' }],
    ] as const) {
      const directory = await run(name, options);
      assert.ok(
        readEvents(directory).every((event) => !('reestimated' in event)),
        name,
      );
    }
  });
});

/** Executes a run to its end in another process. With settings, a run has a process of its own. */
async function execute(directory: string, settings: Once = {}): Promise<void> {
  if (Object.keys(settings).length === 0) {
    const { code, stderr } = await call('resume', directory);
    assert.equal(code, 0, stderr);
    return;
  }
  const script = path.join(__dirname, 'executeOnce.js');
  const child = spawn(process.execPath, [script, directory, JSON.stringify(settings)], { stdio: 'inherit' });
  await once(child, 'close');
}

/**
 * Returns everything that must be equal: bytes of the checkpoints, checksums of the state, and its position. The length of the log is left
 * out.
 */
async function bytesOf(directory: string): Promise<Record<string, unknown>> {
  const folder = path.join(directory, 'checkpoints');
  const files = readdirSync(folder).sort();
  const { position, checksums, optimizerSteps } = await readMetadata(
    path.join(directory, 'state/training.safetensors'),
  );
  return {
    ...Object.fromEntries(files.map((file) => [file, sha256(readFileSync(path.join(folder, file)))])),
    position: { ...(JSON.parse(position!) as object), eventBytes: undefined },
    checksums,
    optimizerSteps,
  };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
