import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { median } from './measure';
import type { Row } from './measure';

const MAIN = path.join(__dirname, 'main.js');

/** Options without a peer, so that the output is the same on every machine. The sizes are too small for meaningful speeds. */
async function bench(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [
    MAIN,
    '--tiny',
    '--python',
    'no-such-python',
    ...args,
  ]);
  return stdout;
}

describe('npm run bench', function () {
  this.timeout(120_000);

  it('measures training on image files, and a long list of files', async () => {
    const rows = (await bench('--json', '--only', '^images/(resnet18/wasm|list)')).trim().split('\n');
    const parsed = rows.map((row) => JSON.parse(row) as Row);
    assert.deepEqual(
      parsed.map(({ name, runs }) => [name, runs]),
      [
        ['images/resnet18/wasm', 1],
        ['images/list-100k', 1],
      ],
    );
    for (const { name, ours, theirs } of parsed) assert.ok(ours! > 0 && theirs! > 0, name);
  });

  it('prints one JSON document for each requested row, and reports a missing peer without failing', async () => {
    const rows = (await bench('--json', '--only', '^(prune|compare|inspect|open|resume|runs)/')).trim().split('\n');
    const parsed = rows.map((row) => JSON.parse(row) as Row);
    assert.deepEqual(
      parsed.map(({ name }) => name),
      [
        'prune/25M',
        'inspect/100MB',
        'compare/100MB',
        'open/10GB',
        'inspect/pth-100MB',
        'resume/resnet50',
        'runs/list-1000',
        'runs/draw-1M',
      ],
    );
    for (const row of parsed) {
      assert.deepEqual(Object.keys(row).sort(), [
        'max',
        'min',
        'name',
        'note',
        'ours',
        'ratio',
        'runs',
        'theirs',
        'unit',
      ]);
      assert.ok(row.ours! > 0, row.name);
      assert.equal(row.unit, 'ms');
    }
    const [prune, inspect] = parsed;
    assert.equal(prune!.ratio, null);
    assert.match(prune!.note, /no-such-python has no torch and numpy/);
    assert.ok(inspect!.ratio! > 0);
  });

  it('prints a Markdown table', async () => {
    const [header, rule, ...rows] = (await bench('--only', '(step|aws-over-lrr)/convnet/wasm')).trim().split('\n');
    const cells = (line: string) => line.split('|').length;
    assert.match(header!, /^\| figure \| ratio \|/);
    assert.deepEqual(
      rows.map((row) => row.split(' | ')[0]),
      ['| step/convnet/wasm', '| memory/step/convnet/wasm', '| aws-over-lrr/convnet/wasm'],
    );
    for (const line of [rule!, ...rows]) assert.equal(cells(line), cells(header!));
  });

  it('refuses a device that PyTorch does not have', async () => {
    await assert.rejects(bench('--peer-device', 'abacus'), { code: 2, stderr: /--peer-device is "abacus"/ });
  });

  it('ends its child processes when it is interrupted', async () => {
    const child = spawn(process.execPath, [MAIN, '--only', 'step/resnet20/wasm', '--python', 'no-such-python']);
    await new Promise((resolve) => child.stdout.once('data', resolve)); // the header: processes come next
    child.kill('SIGINT');
    const ended = new Promise((resolve) => child.once('close', resolve)); // closes when nobody holds its pipes any more
    assert.equal(await ended, 130);
  });
});

describe('median', () => {
  it('is the middle number, or the mean of the two middle numbers', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([7]), 7);
  });
});
