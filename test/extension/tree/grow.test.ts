import assert from 'node:assert/strict';
import type { ListedRun } from '../../../engine/protocol';
import { RunTree, type Grown } from '../../../extension/tree/grow';
import { filesOf } from '../../../extension/tree/rows';
import { between, dense, search, sourceOf, transfer } from './listed';

const STUDY = '/project/.winning-sign/gap.study';
const inStudy = (name: string) => `${STUDY}/${name}`;
const ONE = { experiment: 'one' };

/** Returns the rows as indented lines, without checkpoints of trainings and initializations. */
function drawn(grown: Grown): string[] {
  const tree = new RunTree(grown);
  return [...tree.walk()]
    .filter(({ row }) => row.kind !== 'checkpoint')
    .map(({ row: { label, figures }, above }) => `${'  '.repeat(above.length)}${label} | ${figures}`);
}

describe('The tree of a study', () => {
  const aws = search(inStudy('search-aws'));
  const lrr = search(inStudy('search-lrr'), { method: 'lrr' });
  const make = (variant: 'retrain' | 'signed-mask' | 'mask-only', seed: number, accuracy: number, of = aws) =>
    transfer(inStudy(`ticket-${of.method}-${variant}-${seed}`), { of, variant, seed, accuracy });
  const retrained = [make('retrain', 2, 86.2), make('retrain', 3, 86.6)] as const;
  const signed = [make('signed-mask', 2, 84.9), make('signed-mask', 3, 85.5)] as const;
  const pair = { kind: 'linear-mode-connectivity', sentence: '' } as const;
  const runs = [
    dense(inStudy('dense-2'), 85.6, { ...ONE, seed: 2, seeds: { seed: 2 } }),
    dense(inStudy('dense-3'), 86, { ...ONE, seed: 3, seeds: { seed: 3 } }),
    ...[aws, lrr, ...signed, ...retrained, make('mask-only', 2, 80.6)],
    between(inStudy('basin-2'), [signed[0], retrained[0]], 0.5, { pair }),
  ];

  it('has methods, rounds and what was made from them, each run once, and names only what the rows above do not say', () => {
    assert.deepEqual(drawn({ runs }), [
      'gap | 10/10',
      '  aws | 6.4 % kept · 82.0 %',
      '    round 0 | 100 % kept · 85.0 %',
      '    round 1 | 40 % kept · 84.0 %',
      '    round 2 | 16 % kept · 83.0 %',
      '    round 3 | 6.4 % kept · 82.0 %',
      '      retrained | 86.4 ± 0.3 % · 2 seeds',
      '        seed 2 | 86.2 %',
      '        seed 3 | 86.6 %',
      '      signed mask | 85.2 ± 0.4 % · 2 seeds',
      '        seed 2 | 84.9 %',
      '        seed 3 | 85.5 %',
      '      mask only | 80.6 % · seed 2',
      '      signed mask | barrier 0.500 points',
      '  lrr | 6.4 % kept · 82.0 %',
      '    round 0 | 100 % kept · 85.0 %',
      '    round 1 | 40 % kept · 84.0 %',
      '    round 2 | 16 % kept · 83.0 %',
      '    round 3 | 6.4 % kept · 82.0 %',
      '  dense | 85.8 ± 0.3 % · 2 seeds',
      '    seed 2 | 85.6 %',
      '    seed 3 | 86.0 %',
    ]);
  });

  it('takes numbers, name and remaining time from the study', () => {
    const summary = {
      ...{ file: '/project/gap.study.json', name: 'Gap', folder: STUDY, executing: true, stopping: false },
      ...{ counts: { done: 22, diverged: 2, running: 2, waiting: 1 }, secondsLeft: 240 },
    };
    const [study] = new RunTree({ runs: [], studies: [summary] }).top();
    assert.equal(study?.label, 'Gap');
    assert.equal(study.figures, '24/27 · 2 running · 2 diverged · 4 min left');
  });

  it('says what the jobs of a study in Slurm do, and that something is wrong with them', () => {
    const summary = {
      ...{ file: '/project/gap.study.json', name: 'Gap', folder: STUDY, executing: true, stopping: false },
      ...{
        counts: { done: 24, running: 2, queued: 1 },
        slurmJobs: ['2 running on node7', '1 pending (PartitionDown)'],
      },
      slurmProblem: 'Slurm job 7 waits because the partition is down.',
    };
    const [study] = new RunTree({ runs: [], studies: [summary] }).top();
    assert.equal(
      study!.figures,
      '24/27 · 2 running · problem in Slurm · Slurm: 2 running on node7 · 1 pending (PartitionDown)',
    );
  });

  it('keeps the runs of a study whose file has mistakes or is missing', () => {
    const studyProblems = [
      { file: '/project/gap.study.json', message: 'The file is missing.' },
      { file: '/project/other.study.json', message: 'Unknown field.' },
    ];
    const rows = new RunTree({ runs: [aws], studyProblems }).top();
    assert.deepEqual(
      rows.map(({ label, figures }) => [label, figures]),
      [
        ['gap', '1/1 · problem with its file'],
        ['other', 'problem with its file'],
      ],
    );
    const [gap] = rows;
    assert.equal(gap?.kind === 'study' && gap.problem, 'The file is missing.');
  });

  it('names what differs between two searches of one method, and groups their seeds', () => {
    const differs = (value: number) => ({ differs: [{ name: 'learningRate', value }] });
    const others = [
      search(inStudy('a'), { ...differs(0.1), ...ONE, seed: 1, seeds: { seed: 1 } }),
      search(inStudy('b'), { ...differs(0.1), ...ONE, seed: 2, seeds: { seed: 2 } }),
      search(inStudy('c'), { ...differs(0.05) }),
    ];
    const lines = drawn({ runs: others }).filter((line) => !line.includes('round'));
    assert.deepEqual(lines, [
      'gap | 3/3',
      '  aws, learningRate 0.1 | 6.4 % kept · 82.0 ± 0.0 % · 2 seeds',
      '    seed 1 | 6.4 % kept · 82.0 %',
      '    seed 2 | 6.4 % kept · 82.0 %',
      '  aws, learningRate 0.05 | 6.4 % kept · 82.0 %',
    ]);
  });

  it('tells searches of several nodes apart by the names of the nodes, and never by a hash if something else differs', () => {
    const differs = (half: number) => [
      { name: 'datasetSha256', value: `${half}0dac7b8` },
      { name: 'dataset.classes', value: [half] },
    ];
    const other = search(inStudy('other-search-aws-seed1'), { experiment: 'other', differs: differs(0) });
    const own = search(inStudy('own-search-aws-seed1'), { experiment: 'own', differs: differs(5) });
    const study = { file: '/project/gap.study.json', name: 'gap', folder: STUDY, executing: false, stopping: false };
    const labels = (nodes?: string[]) => {
      const tree = new RunTree({
        runs: [other, own],
        studies: [{ ...study, counts: { done: 2 }, ...(nodes && { nodes }) }],
      });
      return tree.below(tree.top()[0]!).map(({ label }) => label);
    };
    assert.deepEqual(labels(['own', 'own-search', 'other-search']), ['aws, other-search', 'aws, own-search']);
    assert.deepEqual(labels(['other']), ['aws, other', 'aws']);
    assert.deepEqual(labels(), ['aws, dataset.classes 0', 'aws, dataset.classes 5']);
  });

  it('counts only what is done in a mean, and says what the other seeds do', () => {
    const running: ListedRun = { ...signed[1], status: 'running', rounds: [] };
    delete running.result;
    const failed: ListedRun = { ...running, directory: inStudy('failed'), status: 'failed', seeds: { seed: 4 } };
    const lines = drawn({ runs: [aws, signed[0], running, failed] });
    assert.ok(lines.includes('      signed mask | 84.9 % · 1 of 3 seeds · 1 running · 1 failed'), lines.join('\n'));
  });

  it('says in how many seeds there is a barrier', () => {
    const found = [0.5, 0].map((value, place) => between(inStudy(`basin-${place}`), [signed[place]!, retrained[place]!], value, { pair, ...ONE, seeds: { seed: place } })); // prettier-ignore
    const lines = drawn({ runs: [...runs.slice(2, 8), ...found] });
    assert.ok(lines.includes('      signed mask | barrier in 1 of 2: 0.500 points · 2 seeds'), lines.join('\n'));
  });
});

describe('The tree of runs without a study', () => {
  const aws = search('/project/.winning-sign/first');

  it('has the names of the runs, and says what they are if the name does not', () => {
    const lrr = search('/project/.winning-sign/lrr-2', { method: 'lrr' });
    const lines = drawn({ runs: [aws, lrr, dense('/project/.winning-sign/second', 86)] });
    assert.deepEqual(
      lines.filter((line) => !line.startsWith(' ')),
      ['first | aws · 6.4 % kept · 82.0 %', 'lrr-2 | 6.4 % kept · 82.0 %', 'second | dense · 86.0 %'],
    );
  });

  it('shows what was made from a checkpoint below it, also in a study', () => {
    const inside = search(inStudy('search-aws'));
    const made = transfer('/project/.winning-sign/own', { of: inside, variant: 'mask-only', seed: 7, accuracy: 80 });
    const tree = new RunTree({ runs: [inside, made] });
    assert.deepEqual(
      tree.pathTo(made.directory).map(({ label }) => label),
      ['gap', 'aws', 'round 3', 'mask only'],
    );
  });

  it('keeps a run in its study if it was made from a run outside, and names its source', () => {
    const made = transfer(inStudy('ticket'), { of: aws, variant: 'mask-only', seed: 7, accuracy: 80 });
    assert.ok(drawn({ runs: [aws, made] }).includes('  mask only from first/3 | 6.4 % kept · 80.0 % · seed 7'));
  });

  it('shows an interpolation below the deepest row that has both ends', () => {
    const lrr = search('/project/.winning-sign/lrr', { method: 'lrr' });
    const ends: [string, ListedRun['sources']][] = [
      ['first', [sourceOf(aws, 1), sourceOf(aws, 3)]],
      ['', [sourceOf(aws, 3), sourceOf(lrr, 3)]],
    ];
    for (const [parent, sources] of ends) {
      const curve = { ...between('/project/.winning-sign/curve', [aws, lrr], 0.5), sources };
      const path = new RunTree({ runs: [aws, lrr, curve] }).pathTo(curve.directory);
      assert.deepEqual(path.map(({ label }) => label), parent ? [parent, 'round 1 – round 3'] : ['curve']); // prettier-ignore
    }
  });

  it('shows runs whose logs claim that they were made from each other', () => {
    const [a, b] = [search('/project/a'), search('/project/b')];
    const runs = [
      { ...a, sources: [sourceOf(b, 1)] },
      { ...b, sources: [sourceOf(a, 1)] },
    ];
    const rows = [...new RunTree({ runs }).walk()].filter(({ row }) => row.kind === 'run');
    assert.equal(rows.length, 2);
  });

  it('lists unreadable runs last, and marks a run whose last read failed', () => {
    const problems = [
      { directory: '/project/bad', message: 'run.json is missing.' },
      { directory: aws.directory, message: 'The log is a folder.' },
    ];
    const [first, bad] = new RunTree({ runs: [aws], problems }).top();
    assert.equal(first?.kind === 'run' && first.problem, 'The log is a folder.');
    assert.deepEqual([bad?.label, bad?.figures], ['bad', 'cannot be read']);
  });

  it('offers checkpoints: of a run its final one, in trainings named final', () => {
    const tree = new RunTree({ runs: [aws, dense('/project/.winning-sign/x', 86)] });
    const [search_, training] = tree.top();
    assert.deepEqual(filesOf(search_!), [aws.rounds[3]!.checkpoint]);
    assert.deepEqual(tree.below(training!).map(({ label }) => label), ['initialization', 'final']); // prettier-ignore
  });

  it('has ids that differ', () => {
    const rows = [...new RunTree({ runs: [aws, dense('/project/.winning-sign/x', 86)] }).walk()];
    assert.equal(new Set(rows.map(({ row }) => row.id)).size, rows.length);
  });
});

describe('An update of the tree', () => {
  const aws = search(inStudy('m'));
  const signed = transfer(inStudy('t'), { of: aws, variant: 'signed-mask', seed: 2, accuracy: 85 });
  const states: [string, ListedRun[]][] = [
    ['a changed run', [{ ...aws, status: 'running' }, signed]],
    ['an added run before others', [search(inStudy('a'), { method: 'lrr' }), aws, signed]],
    ['an added run after others', [aws, signed, dense(inStudy('z'), 86)]],
    ['a removed run', [aws]],
    ['a source that is known later', [aws, { ...signed, sources: [] }]],
    ['another round', [{ ...aws, rounds: aws.rounds.slice(0, 2) }, signed]],
    ['nothing', []],
  ];

  for (const [what, runs] of states)
    it(`gives the same rows as a new tree, with ${what}`, () => {
      for (const [from, to] of [
        [[aws, signed], runs],
        [runs, [aws, signed]],
      ]) {
        // prettier-ignore
        const tree = new RunTree({ runs: from! });
        tree.update({ runs: to! });
        assert.deepEqual([...tree.walk()], [...new RunTree({ runs: to! }).walk()]);
      }
    });

  it('moves a run if the run that it was made from is listed after it', () => {
    const tree = new RunTree({ runs: [signed] });
    tree.update({ runs: [aws, signed] });
    assert.deepEqual(tree.pathTo(signed.directory).map(({ label }) => label), ['gap', 'aws', 'round 3', 'signed mask']); // prettier-ignore
  });
});
