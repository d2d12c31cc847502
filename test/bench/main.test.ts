import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { hasTime, isChosen } from './choose';
import { comparison, readHistory, type KeptRow } from './history';
import { busyWords, instructionsIn, machineOf } from './machine';
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

  it('runs a study and compares its time with its plan', async () => {
    const row = JSON.parse(await bench('--json', '--only', '^study/plan/transfer-gap$')) as Row;
    assert.ok(row.ours! > 0 && row.theirs! > 0, JSON.stringify(row));
  });

  it('prints one JSON document for each requested row, and reports a missing peer without failing', async () => {
    const rows = (
      await bench('--json', '--only', '^(prune|compare|inspect|open|resume|runs|study/(expand|status|list))/')
    )
      .trim()
      .split('\n');
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
        'study/expand/10000',
        'study/status/10000',
        'study/list/10000',
        'study/status/10000-unfinished',
      ],
    );
    for (const row of parsed) {
      assert.deepEqual(Object.keys(row).sort(), [
        'at',
        'machine',
        'max',
        'min',
        'name',
        'note',
        'ours',
        'ratio',
        'runs',
        'theirs',
        'tiny',
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

  it('measures the starts of the programs against their limits', async () => {
    const rows = (await bench('--json', '--only', '^start/')).trim().split('\n');
    const parsed = rows.map((row) => JSON.parse(row) as Row);
    assert.deepEqual(
      parsed.map(({ name, theirs }) => [name, theirs]),
      [
        ['start/run', 1000],
        ['start/server', 150],
        ['start/extension', 30],
      ],
    );
    for (const { name, ours, note } of parsed) assert.ok(ours! > 0, `${name}: ${note}`);
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

  it('keeps its rows, names the machine in each, and compares them with earlier ones', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-history-'));
    try {
      const history = path.join(folder, 'kept', 'bench.jsonl');
      const [first] = (await bench('--json', '--only', '^prune/', '--history', history)).trim().split('\n');
      const kept = JSON.parse(first!) as KeptRow;
      assert.equal(await readFile(history, 'utf8'), `${JSON.stringify(kept)}\n`);
      assert.deepEqual([kept.machine.processor, kept.machine.cores], [machineOf().processor, machineOf().cores]);
      const again = await bench('--only', '^prune/', '--against', history);
      assert.match(again, /; .*core.*; (the machine is busy .*; )?[\d.]+ × as fast as on \d{4}-\d\d-\d\d \d\d:\d\d \|/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('refuses a history that is none', async () => {
    await assert.rejects(bench('--only', '^prune/', '--against', 'package.json'), {
      code: 2,
      stderr: /--against|package\.json, line 1: is not a row of the bench/,
    });
  });

  it('refuses --all together with --only', async () => {
    await assert.rejects(bench('--all', '--only', '^prune/'), { code: 2, stderr: /--all and --only/ });
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

describe('a short bench', () => {
  const short = { all: false, only: undefined };

  it('measures the rows with goals, until its time is over', () => {
    const names = ['step/vit/wasm', 'aws-over-lrr/mixer/wasm', 'start/run', 'inspect/100MB', 'study/plan/transfer-gap'];
    assert.deepEqual(
      names.map((name) => isChosen(name, short)),
      [true, true, true, true, false],
    );
    assert.deepEqual([hasTime(0, short), hasTime(3_600_000, short)], [true, false]);
  });

  it('is not what --all and --only ask for', () => {
    const [all, only] = [
      { all: true, only: undefined },
      { all: false, only: /^scan/ },
    ];
    assert.deepEqual(
      [isChosen('scan/1GB', all), isChosen('scan/1GB', only), isChosen('start/run', only)],
      [true, true, false],
    );
    assert.ok(hasTime(3_600_000, all) && hasTime(3_600_000, only));
  });

  it('has rows whose last line does not disturb a comparison', async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'bench-history-'));
    try {
      const file = path.join(folder, 'rows.jsonl');
      const row = { name: 'a', machine: { processor: 'A' } };
      await writeFile(file, `${JSON.stringify(row)}\n${JSON.stringify({ leftOut: ['b'] })}\n`);
      assert.deepEqual([...(await readHistory(file)).keys()], ['a']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('median', () => {
  it('is the middle number, or the mean of the two middle numbers', () => {
    assert.equal(median([3, 1, 2]), 2);
    assert.equal(median([4, 1, 3, 2]), 2.5);
    assert.equal(median([7]), 7);
  });
});

describe('a row of the bench', () => {
  const machine = { processor: 'A', cores: 2, instructions: [], versions: {} };
  const outcome = { unit: 'ms', runs: 1, min: null, max: null, note: '', at: '2026-01-02T00:00:00.000Z', machine };
  const row = (ratio: number | null, ours: number): KeptRow => ({ name: 'a', ratio, ours, theirs: null, ...outcome });

  it('is compared by its ratio, or by its time on the same processor', () => {
    assert.equal(comparison(row(1.5, 4), row(1.2, 5)), '1.25 × the ratio of 2026-01-02 00:00');
    assert.equal(comparison(row(null, 4), row(null, 5)), '1.25 × as fast as on 2026-01-02 00:00');
    const elsewhere = { ...row(null, 5), machine: { ...machine, processor: 'B' } };
    assert.equal(comparison(row(null, 4), elsewhere), 'not comparable with 2026-01-02 00:00 on B');
    const megabytes = (ours: number) => ({ ...row(null, ours), unit: 'MB' });
    assert.equal(comparison(megabytes(4), megabytes(5)), '0.8 × the size of 2026-01-02 00:00');
    const tiny = comparison({ ...row(1, 4), tiny: true }, row(1, 4));
    assert.equal(tiny, 'not comparable with 2026-01-02 00:00: one of the two has the sizes of --tiny');
    assert.equal(comparison(row(1, 4), undefined), 'new');
  });

  it('names the sets of instructions that matter', () => {
    assert.deepEqual(instructionsIn('model name : X\nflags\t\t: fpu avx avx2 avx512f hypervisor fma\n'), [
      'avx',
      'avx2',
      'avx512f',
      'fma',
    ]);
    assert.deepEqual(instructionsIn(''), []);
  });

  it('warns if other programs seem to use the machine', () => {
    assert.equal(busyWords(3, machine), '');
    assert.equal(busyWords(7.25, machine), 'the machine is busy (load 7.3), so do not trust this row');
  });
});
