/** Tests that a search with a large network fits into the memory of a small machine. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { reportBackends } from '../../../engine/backends/report';
import { temporaryFolder } from '../../fixtures';

const program = path.resolve('out/test/engine/execution/largeSearch.js');
const LIMIT = 4e9;

/** Whether a process ends by a division by zero. */
async function dividesByZero(run: () => Promise<unknown>): Promise<boolean> {
  return run().then(
    () => false,
    (error: unknown) => (error as { signal?: string }).signal === 'SIGFPE',
  );
}

describe('a search with ResNet-50', function () {
  this.timeout(600_000);
  const inFolder = temporaryFolder();

  // The stem for small images keeps 32 × 32 maps, so it needs more memory than that of ImageNet.
  for (const name of ['wasm', 'tensorflow'] as const)
    it(`trains, saves, prunes and transfers within 4 GB on ${name}, with batches of 16 images of 32 × 32`, async function () {
      const report = (await reportBackends()).find((backend) => backend.name === name)!;
      if (!report.usable) {
        console.log(`    skipped: ${report.problem}`);
        this.skip();
      }
      const search = (env: Record<string, string> = {}) =>
        promisify(execFile)(process.execPath, [program, name, 'cifar-wide', inFolder()], {
          env: { ...process.env, ...env },
        });
      const { stdout } = await search().catch(async (error: unknown) => {
        const isTensorFlow =
          name === 'tensorflow' && (await dividesByZero(() => search({ WINNING_SIGN_OPERATIONS: 'none' })));
        if (!isTensorFlow) throw error;
        console.log("    skipped: TensorFlow's oneDNN divides by zero on this machine");
        return this.skip();
      });
      const { peak, loss, parameters } = JSON.parse(stdout) as Record<'peak' | 'loss' | 'parameters', number>;
      assert.equal(parameters, 25_549_352);
      assert.ok(Number.isFinite(loss));
      assert.ok(peak < LIMIT, `the peak of the memory is ${(peak / 1e9).toFixed(2)} GB`);
    });
});
