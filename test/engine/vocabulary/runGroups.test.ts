import assert from 'node:assert/strict';
import type { ListedRun } from '../../../engine/protocol';
import type { DatasetSpec } from '../../../engine/vocabulary/runOptions';
import { runColumns } from '../../../engine/vocabulary/runColumns';
import { groupCell, groupCount, groupRuns, groupsData } from '../../../engine/vocabulary/runGroups';
import { denseRun, listedRun, transferRun } from './listedRuns';

const column = (runs: ListedRun[], id: string) => runColumns(runs).find((one) => one.id === id)!;
const labels = (runs: ListedRun[], id = 'done') =>
  groupRuns(runs, column(runs, id)).map(({ label, runs: { length } }) => [label, length]);
const epochs = (value: number) => ({ differs: [{ name: 'finalEpochs', value }] });

describe('what a group of runs counts', () => {
  const seeds = [1, 2, 3].map((seed) => denseRun(`d${seed}`, { seed, accuracy: 80 + seed }));

  it('are runs that are done and have a result', () => {
    const runs = [
      ...seeds,
      denseRun('stopped', { seed: 4, accuracy: 10, status: 'stopped' }),
      denseRun('diverged', { seed: 5, accuracy: 10, status: 'diverged' }),
      denseRun('waiting', { seed: 6, rounds: [], status: 'waiting' }),
      denseRun('empty', { seed: 7, rounds: [] }),
    ];
    assert.deepEqual(groupCell(column(runs, 'accuracy'), runs), { kind: 'mean', mean: 82, deviation: 1, n: 3 });
    const others = '1 stopped, 1 diverged, 1 waiting, 1 without a result';
    assert.deepEqual(groupCount(runColumns(runs), runs), { n: 3, others });
  });

  it('is each computation once, wherever it is', () => {
    const again = denseRun('d1-again', { seed: 1, accuracy: 81, directory: '/other/d1-again' });
    const runs = [...seeds, again, denseRun('d1', { seed: 1, accuracy: 90, backend: { name: 'webgpu' } as never })];
    assert.deepEqual(groupCount(runColumns(runs), runs), { n: 4, others: '1 repeated' });
    const countOf = (...datasets: Exclude<DatasetSpec, string>[]) => {
      const found = datasets.map((dataset) =>
        denseRun('d', { options: { method: 'dense', model: 'convnet', dataset } }),
      );
      return groupCount(runColumns(found), found).n;
    };
    assert.equal(countOf({ format: 'idx', path: '/a' }, { path: '/b', format: 'idx' }), 1);
    assert.equal(countOf({ format: 'idx', path: '/a' }, { format: 'csv', path: '/a' }), 2);
  });

  it('is no run that was moved aside before a retry', () => {
    const aside = denseRun('d1-before-retry-1', { seed: 9, accuracy: 10 });
    const runs = [...seeds, aside];
    assert.deepEqual(labels(runs), [
      ['dense training', 3],
      ['dense training · moved aside', 1],
    ]);
    assert.equal(groupCount(runColumns(runs), [aside]).n, 0);
    const ticket = transferRun('t', 'retrain', { accuracy: 84, seed: 9 });
    assert.equal(column([aside, ticket], 'gap').value(ticket), undefined);
  });
});

describe('options in which the runs of a group differ', () => {
  it('make groups of their own, except seeds', () => {
    const runs = [1, 2].flatMap((value) =>
      [1, 2].map((seed) => denseRun(`d${value}-${seed}`, { seed, seeds: { seed }, ...epochs(value) })),
    );
    assert.deepEqual(labels(runs), [
      ['dense training · finalEpochs 1', 2],
      ['dense training · finalEpochs 2', 2],
    ]);
  });

  it('are named once if the source has the same, and only where they differ', () => {
    const twice = (value: number) => ({
      differs: ['finalEpochs', 'source.finalEpochs', 'source.rounds'].map((name) => ({
        name,
        value: name === 'source.rounds' ? 3 : value,
      })),
    });
    const runs = [transferRun('a', 'retrain', twice(1)), transferRun('b', 'retrain', twice(2)), denseRun('d')];
    assert.deepEqual(labels(runs), [
      ['retrained · finalEpochs 1', 1],
      ['retrained · finalEpochs 2', 1],
      ['dense training', 1],
    ]);
  });

  it('include those of the ends of an interpolation', () => {
    const line = (name: string, value: number) =>
      listedRun(name, { kind: 'connectivity', rounds: [], differs: [{ name: 'a.round', value }] });
    assert.deepEqual(labels([line('x', 1), line('y', 2)], 'model'), [
      ['convnet · a.round 1', 1],
      ['convnet · a.round 2', 1],
    ]);
  });
});

describe('the gap to dense', () => {
  const study = (name: string) => ({ directory: `/w/.winning-sign/${name}.study` });
  const inStudy = (folder: string, run: ListedRun): ListedRun => ({
    ...run,
    directory: `${study(folder).directory}/${run.name}`,
  });
  const dense = [1, 2, 3].map((seed) => denseRun(`d${seed}`, { seed, accuracy: 80 + seed }));
  const tickets = [1, 2, 3].map((seed) => transferRun(`t${seed}`, 'retrain', { seed, accuracy: 80 + 1.5 * seed }));
  const own = [...dense, ...tickets].map((run) => inStudy('a', run));
  const others = dense.map((run) => inStudy('b', { ...run, rounds: denseRun('x', { accuracy: 10 }).rounds }));
  const gaps = (runs: ListedRun[]) => groupCell(column(runs, 'gap'), runs);

  it('is that of the same study, whatever else is listed', () => {
    const paired = { kind: 'mean', mean: 1, deviation: 0.5, n: 3 };
    assert.deepEqual(gaps(own), paired);
    assert.deepEqual(gaps([...others, ...own, ...dense]), paired);
    assert.equal(gaps([...others, ...dense, ...own.slice(3)]), undefined);
  });

  it('is paired by seed, and averages runs with the same partner first, as the tables of studies do', () => {
    const again = inStudy('a', transferRun('t1b', 'retrain', { seed: 1, accuracy: 83.5, seeds: { 'source.seed': 2 } }));
    const { deviation, ...rest } = gaps([...own, again]) as { deviation: number }; // of 1.5, 1 and 1.5
    assert.deepEqual(rest, { kind: 'mean', mean: 4 / 3, n: 3 });
    assert.ok(Math.abs(deviation - Math.sqrt(1 / 12)) < 1e-12);
    const single = [own[0]!, own[4]!, own[5]!]; // no seed in common
    assert.deepEqual(gaps(single), { kind: 'mean', mean: 2.75, n: 1 });
  });
});

describe('exported groups', () => {
  it('have mean, deviation and n in columns of their own', () => {
    const runs = [82, 84].map((accuracy, seed) => denseRun(`d${seed}`, { accuracy, seed }));
    runs.push(denseRun('s', { status: 'stopped', seed: 3 }));
    const all = runColumns(runs);
    const shown = all.filter(({ id }) => ['accuracy', 'method', 'seed'].includes(id));
    const { columns, rows } = groupsData(groupRuns(runs, column(runs, 'done')), {
      by: column(runs, 'done'),
      shown,
      all,
    });
    assert.deepEqual(columns, ['done', 'n', 'not counted', 'method', 'accuracy', 'accuracy deviation', 'accuracy n']);
    assert.deepEqual(rows, [['dense training', 2, '1 stopped', 'dense', 83, Math.SQRT2, 2]]);
  });
});
