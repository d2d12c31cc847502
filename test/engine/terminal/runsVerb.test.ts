import assert from 'node:assert/strict';
import { annotateRun } from '../../../engine/runs/notes';
import { checkOptions } from '../../../engine/runs/options';
import { recordOf, writeRecord } from '../../../engine/runs/record';
import { formatRuns } from '../../../engine/terminal/format';
import { runsVerb } from '../../../engine/terminal/runsVerb';
import { parseVerb } from '../../../engine/terminal/verb';
import { temporaryFolder } from '../../fixtures';
import { listedRun } from '../vocabulary/listedRuns';

describe('the verb runs', () => {
  const inFolder = temporaryFolder();
  const print = async (...args: string[]) => runsVerb.run(parseVerb(runsVerb, [inFolder(), ...args]));
  const text = async (...args: string[]) => (await print(...args)).text;

  beforeEach(async () => {
    for (const [name, learningRate, seed] of [
      ['a', 0.1, 1],
      ['b', 0.05, 1],
      ['c', 0.05, 2],
    ] as const) {
      const options = checkOptions({ method: 'aws', model: 'mlp', dataset: 'sample', learningRate, seed }, 'test');
      await writeRecord(inFolder(name), recordOf(name, options));
    }
    await annotateRun(inFolder('c'), { star: true, addTags: ['paper'] });
  });

  it('shows each option in which the runs differ in a column of its own', async () => {
    assert.deepEqual((await text('--only-different')).split('\n'), [
      '★  name  kept  accuracy  seed  learningRate  tags',
      '–  a        –         –     1           0.1  –',
      '–  b        –         –     1          0.05  –',
      '★  c        –         –     2          0.05  paper',
    ]);
  });

  it('filters, sorts and chooses columns', async () => {
    assert.equal(
      await text('--columns', 'Name,learningRate', '--filter', 'learningRate<0.1', '--sort', 'name:desc'),
      'name  learningRate\nc             0.05\nb             0.05',
    );
    const { json } = await print('--json', '--filter', 'tag:paper');
    assert.deepEqual(
      (json as { runs: { name: string }[] }).runs.map(({ name }) => name),
      ['c'],
    );
    assert.match(await text('--filter', '-star:yes'), /^run .*\na .*\nb .*$/);
  });

  it('says when a filter accepts none of the runs, and that percentages are not fractions', async () => {
    assert.equal(await text('--filter', 'tag:none-such'), 'none of 3 runs matches');
    assert.equal(
      await text('--filter', 'kept<=0.1'),
      'none of 3 runs matches\n“kept” is in percent: for 10 % write kept<=10.',
    );
  });

  it('prints CSV and Markdown, and groups', async () => {
    const columns = ['--columns', 'name,tags'];
    assert.equal(await text(...columns, '--format', 'csv'), 'name,tags\na,\nb,\nc,paper');
    for (const name of ['markdown', 'md'])
      assert.equal(
        await text(...columns, '--format', name, '--filter', 'tag:paper'),
        '| name | tags |\n| --- | --- |\n| c | paper |',
      );
    assert.match(
      await text('--group', 'learningRate'),
      /^learningRate +n +not counted.*\n0\.1 +0 +1 waiting.*\n0\.05 +0 +2 waiting/,
    );
  });

  it('prints groups as CSV and Markdown', async () => {
    const group = ['--group', 'learningRate', '--columns', 'method'];
    const csv = 'learningRate,n,not counted,method\n0.1,0,1 waiting,aws\n0.05,0,2 waiting,aws';
    assert.equal(await text(...group, '--format', 'csv'), csv);
    assert.equal(
      await text(...group, '--format', 'md'),
      '| learningRate | n | not counted | method |\n| --- | --- | --- | --- |\n| 0.1 | 0 | 1 waiting | aws |\n| 0.05 | 0 | 2 waiting | aws |',
    );
  });

  it('leaves out copies of runs from before a retry, and says so', async () => {
    const options = checkOptions({ method: 'aws', model: 'mlp', dataset: 'sample' }, 'test');
    await writeRecord(inFolder('a-before-retry-1'), recordOf('a', options));
    const lines = (await text('--group', 'method', '--columns', 'seed')).split('\n');
    assert.equal(lines.at(-1), 'Left out: 1 run that was moved aside before a retry.');
    assert.equal(lines.length, 4); // one for each learning rate
  });

  it('suggests the name of a column', async () => {
    for (const args of [
      ['--columns', 'learningrat'],
      ['--sort', 'learningrat'],
      ['--filter', 'learningrat>1'],
    ])
      await assert.rejects(text(...args), /there is no column “learningrat”.* Did you mean "learningRate"\?/i);
    await assert.rejects(print('--json', '--group', 'name'), /--group and --format are for tables/);
  });

  it('shortens the differences of a run, which can be many', () => {
    const differs = ['start', 'momentum', 'source.rounds', 'source.learningRate', 'source.round'].map((name) => ({
      name,
      value: 3,
    }));
    const line = formatRuns({ runs: [listedRun('a', { differs })], problems: [] }, '/r').split('\n')[1]!;
    assert.match(line, / start 3, source\.round 3, momentum 3, 2 more$/);
  });
});
