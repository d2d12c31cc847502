import assert from 'node:assert/strict';
import type { Barrier, RunResult } from '../../../engine/vocabulary/runEvents';
import type { ListedRun } from '../../../engine/protocol';
import { formatRuns } from '../../../engine/terminal/format';
import { runColumns } from '../../../engine/vocabulary/runColumns';
import { groupCell, groupRuns } from '../../../engine/vocabulary/runGroups';
import { nextSorts, runsData, shownColumns, sortRuns, type SortBy } from '../../../engine/vocabulary/runTable';
import { denseRun, listedRun, transferRun } from './listedRuns';

const shownIn = (runs: ListedRun[], choice?: Parameters<typeof shownColumns>[2]) =>
  shownColumns(runColumns(runs), runs, choice).map(({ id }) => id);
const column = (runs: ListedRun[], id: string) => runColumns(runs).find((one) => one.id === id)!;
const options = (more: object) => ({ method: 'aws', model: 'convnet', dataset: 'sample', ...more }) as const;

describe('the columns of a table of runs', () => {
  it('are name and results, if the runs are equal', () => {
    assert.deepEqual(shownIn([listedRun('a'), listedRun('b')]), ['star', 'name', 'kept', 'accuracy']);
  });

  it('are those in which the runs differ, each option by itself', () => {
    const low = options({ learningRate: 0.05, augmentation: { crop: 4, flip: false } });
    const runs = [listedRun('a'), listedRun('b', { seed: 2, options: low })];
    const always = ['star', 'name', 'kept', 'accuracy'];
    const shown = shownIn(runs);
    assert.deepEqual(shown.filter((id) => !always.includes(id)).sort(), ['augmentation.crop', 'learningRate', 'seed']);
    const values = (id: string) => runs.map((run) => column(runs, id).value(run));
    assert.deepEqual(values('learningRate'), [0.1, 0.05]); // the default of 0.1 is a value, too
    assert.deepEqual(values('augmentation.crop'), [0, 4]);
  });

  it('count options of a search only among searches, and options of a network only among its runs', () => {
    const few = { kind: 'train', method: 'dense', options: options({ rounds: 3 }) } as const;
    const other = { model: 'mlp', options: options({ model: 'mlp' }) };
    assert.deepEqual(shownIn([listedRun('a'), listedRun('b', few)]).includes('rounds'), false);
    const shown = shownIn([listedRun('a'), listedRun('b', other)]);
    assert.ok(shown.includes('model') && !shown.some((id) => id.startsWith('model.')), shown.join());
    const wide = options({ model: { model: 'convnet', options: { widths: [4, 8] } } });
    const runs = [listedRun('a'), listedRun('b', { options: wide })];
    assert.deepEqual(
      runs.map((run) => column(runs, 'model.widths').text(run)),
      ['8-16-32-64', '4-8'],
    );
  });

  it('have the kept weights of a ticket before it is measured, because its mask is known', () => {
    const search = listedRun('aws', { kept: 0.4, rounds: [{ ...listedRun('x', { kept: 0.4 }).rounds[0]!, round: 2 }] });
    const ticket = transferRun('t', 'signed-mask', { rounds: [], status: 'stopped' });
    assert.equal(column([search, ticket], 'kept').text(ticket), '40.0 %');
    assert.equal(column([ticket], 'kept').text(ticket), '');
    assert.match(formatRuns({ runs: [search, ticket], problems: [] }, '/r'), /^t .* stopped +60\.0 % +–/m);
  });

  it('can be added and hidden', () => {
    const runs = [listedRun('a'), listedRun('b', { seed: 2 })];
    const shown = shownIn(runs, { added: ['loss'], hidden: ['seed', 'star'] });
    assert.deepEqual(shown, ['name', 'kept', 'accuracy', 'loss']);
  });

  it('have the gap to dense training of the same data, network, training options and seed', () => {
    const dense = [denseRun('d1', { accuracy: 85 }), denseRun('d2', { accuracy: 84, seed: 2 })];
    const ticket = transferRun('t', 'signed-mask', { accuracy: 84.5 });
    const gap = (runs: ListedRun[], run: ListedRun) => column(runs, 'gap').value(run);
    assert.equal(gap([...dense, ticket], ticket), -0.5);
    assert.equal(column([...dense, ticket], 'gap').text(ticket), '−0.50');
    assert.equal(gap([...dense, ticket], dense[0]!), undefined);
    assert.equal(gap([...dense, listedRun('s')], listedRun('s')), undefined); // measured in a search
    const longer = { ...ticket, options: options({ finalEpochs: 7 }) };
    assert.equal(gap([...dense, longer], longer), undefined);
    const other = denseRun('d3', { accuracy: 10, options: options({ learningRate: 0.01 }) });
    assert.equal(gap([...dense, other, ticket], ticket), -0.5);
    assert.equal(gap([denseRun('d2', { accuracy: 84, seed: 2 }), denseRun('d3', { accuracy: 86, seed: 3 }), ticket], ticket), -0.5); // prettier-ignore
  });
});

describe('the order of a table of runs', () => {
  const runs = [
    listedRun('run10', { accuracy: 80, seed: 2 }),
    listedRun('run2', { accuracy: 90, seed: 1 }),
    listedRun('run1', { accuracy: 80, seed: 1 }),
    listedRun('run3', { rounds: [] }),
  ];
  const names = (sorts: SortBy[]) => sortRuns(runs, runColumns(runs), sorts).map(({ name }) => name);

  it('follows several columns, natural names, and puts missing values last', () => {
    assert.deepEqual(names([{ column: 'name', descending: false }]), ['run1', 'run2', 'run3', 'run10']);
    assert.deepEqual(names([{ column: 'accuracy', descending: false }]), ['run10', 'run1', 'run2', 'run3']);
    const both = [
      { column: 'accuracy', descending: true },
      { column: 'seed', descending: false },
    ];
    assert.deepEqual(names(both), ['run2', 'run1', 'run10', 'run3']);
  });

  it('changes with each press of a title', () => {
    const [accuracy, name] = ['accuracy', 'name'].map((id) => column(runs, id)) as [never, never];
    const first = nextSorts([], accuracy, false);
    assert.deepEqual(first, [{ column: 'accuracy', descending: true }]);
    const second = nextSorts(first, accuracy, false);
    assert.deepEqual(second, [{ column: 'accuracy', descending: false }]);
    assert.deepEqual(nextSorts(second, accuracy, false), []);
    assert.deepEqual(nextSorts(second, name, true), [...second, { column: 'name', descending: false }]);
    assert.deepEqual(nextSorts(second, name, false), [{ column: 'name', descending: false }]);
  });
});

describe('groups of runs', () => {
  const runs = [82, 84, 86].map((accuracy, place) => transferRun(`t${place}`, 'retrain', { accuracy, seed: place }));

  it('have mean, sample standard deviation and n, and the values that all runs share', () => {
    const dense = denseRun('d', { accuracy: 90 });
    const all = [...runs, dense];
    const groups = groupRuns(all, column(all, 'done'));
    assert.deepEqual(
      groups.map(({ label, runs: members }) => [label, members.length]),
      [
        ['retrained', 3],
        ['dense training', 1],
      ],
    );
    assert.deepEqual(groupCell(column(all, 'accuracy'), runs), { kind: 'mean', mean: 84, deviation: 2, n: 3 });
    assert.deepEqual(groupCell(column(all, 'accuracy'), [dense]), { kind: 'mean', mean: 90, n: 1 });
    assert.deepEqual(groupCell(column(all, 'method'), runs), { kind: 'same', text: 'aws' });
    assert.equal(groupCell(column(all, 'seed'), runs), undefined);
  });

  it('never pool methods, variants and rounds, whatever the column is', () => {
    const sources = (role: number) => [{ file: '', sha256: '', label: '', run: '/r/aws', role }];
    const all = [
      ...runs,
      transferRun('m', 'mask-only', { accuracy: 70 }),
      transferRun('r3', 'retrain', { accuracy: 60, sources: sources(3) }),
      transferRun('l', 'retrain', { accuracy: 50, method: 'lrr' }),
    ];
    assert.deepEqual(
      groupRuns(all, column(all, 'model')).map(({ label, runs: members }) => [label, members.length]),
      [
        ['convnet · aws · retrained · round 2', 3],
        ['convnet · aws · mask only · round 2', 1],
        ['convnet · aws · retrained · round 3', 1],
        ['convnet · lrr · retrained · round 2', 1],
      ],
    );
    assert.deepEqual(groupRuns(runs, column(runs, 'model')).map(({ label }) => label), ['convnet']); // prettier-ignore
  });

  it('have no mean of accuracies that were measured in different ways', () => {
    const mixed = [...runs, listedRun('search')];
    assert.equal(groupCell(column(mixed, 'accuracy'), mixed), undefined);
  });
});

describe('an exported table of runs', () => {
  it('says how each accuracy was measured', () => {
    const runs = [listedRun('a', { notes: { star: true, tags: ['x', 'y'] }, started: 0 }), denseRun('d')];
    const all = runColumns(runs);
    const shown = all.filter(({ id }) => ['star', 'name', 'accuracy', 'tags', 'started'].includes(id));
    const { columns, rows } = runsData(runs, { shown, all });
    assert.deepEqual(columns, ['star', 'name', 'accuracy', 'measured', 'started', 'tags']);
    assert.deepEqual(rows[0], ['yes', 'a', 80, 'in search, official', '1970-01-01T00:00:00.000Z', 'x, y']);
    assert.deepEqual(rows[1], [undefined, 'd', 80, 'after full training', undefined, undefined]);
  });
});

describe('barriers in a table of runs', () => {
  const connected = (name: string, alpha: number, value: number) => {
    const barrier: Barrier = {
      ...{ value, alpha, quantity: 'error', split: 'test', baseline: 'mean of the ends', definition: '' },
    };
    const how = { normalization: '', masks: 'equal' } as const;
    const result: RunResult = { kind: 'connectivity', barrier, barriers: [barrier], ...how };
    return listedRun(name, { kind: 'connectivity', result, rounds: [], seeds: { 'b.seed': value } });
  };

  it('are not mixed with half the difference of ends without a barrier', () => {
    const runs = [connected('a', 0.5, 4), connected('b', 1, 2), connected('c', 0.5, 6)];
    const [barrier, half] = ['barrier', 'halfDifference'].map((id) => column(runs, id)) as [never, never];
    assert.deepEqual(groupCell(barrier, runs), { kind: 'mean', mean: 5, deviation: Math.SQRT2, n: 2 });
    assert.deepEqual(groupCell(half, runs), { kind: 'mean', mean: 2, n: 1 });
  });
});
