/** Tests the output of the command line, from the run to the barrier of two networks. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { call } from '../reusedProcess';
import { cli, writeData, writeRunFile } from '../process';
import { temporaryFolder } from '../../fixtures';

describe('the terminal', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const run = (...parts: string[]) => inFolder('.winning-sign', ...parts);

  /** Replaces text that differs between machines: numbers become #, and the folder of the test becomes DIR. */
  const shape = (text: string) =>
    text
      .replaceAll(inFolder(), 'DIR')
      .replace(/\b(npx )?winning-sign /g, 'winning-sign ')
      .replace(/\d+(\.\d+)?/g, '#')
      .split('\n')
      .map((line) => line.trimEnd())
      .filter(Boolean);

  beforeEach(async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('aws.sign.json'), { rounds: 1 });
  });

  it('follows a search epoch by epoch, and ends with what to do next', async () => {
    const { stdout } = await cli('run', inFolder('aws.sign.json'));
    const lines = shape(stdout);
    const has = (line: string | RegExp) => {
      assert.ok(
        lines.some((found) => (typeof line === 'string' ? found === line : line.test(found))),
        `${String(line)} in\n${lines.join('\n')}`,
      );
    };
    has(/^round # epoch #\/#: train # loss, # %, test .*, # s$/);
    has(/^round #: sparsity # % of prunable.*checkpoints\/round-#\.safetensors$/);
    has('aws: done');
    has('  DIR/.winning-sign/aws');
    has(/^ {2}checkpoints\/round-#\.safetensors: # % of the prunable weights are pruned$/);
    has(
      /^ {2}to train this ticket fully: winning-sign transfer DIR\/\.winning-sign\/aws\/checkpoints\/round-#\.safetensors --variant retrain --seed #$/,
    );
  });

  it('shows a run, a transfer with its accuracy, and a barrier with its definition', async () => {
    await cli('run', inFolder('aws.sign.json'));
    const round = run('aws', 'checkpoints', 'round-01.safetensors');
    const ticket = shape((await cli('transfer', round, '--seed', '4')).stdout);
    assert.ok(
      ticket.some((line) => /^ {2}after full training: test # loss, # % at sparsity # %$/.test(line)),
      ticket.join('\n'),
    );
    const shown = shape((await call('show', run('aws'))).stdout);
    assert.ok(
      shown.some((line) => /search by aws, convnet.* seed #/.test(line)),
      shown.join('\n'),
    );
    assert.ok(
      shown.some((line) => /^ {2}backend wasm, # threads?, SIMD \(kernels: /.test(line)),
      shown.join('\n'),
    );
    const final = path.join(run('aws-r01-signed-mask-seed4'), 'checkpoints', 'final.safetensors');
    const line = shape((await cli('interpolate', round, final, '--points', '3')).stdout);
    assert.ok(
      line.some((found) => /^α # \(A\): train # loss, # %, test # loss, # %$/.test(found)),
      line.join('\n'),
    );
    assert.ok(
      line.some((found) => /no barrier between the ends: no network|^ {2}\(largest test error above/.test(found)),
      line.join('\n'),
    );
    const listed = shape((await call('runs', run())).stdout);
    assert.deepEqual(
      listed
        .slice(1)
        .map((row) => row.split(' ')[0])
        .sort().length,
      3,
      listed.join('\n'),
    );
  });
});
