import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sha256Of } from '../../../engine/checkpoints/write';
import type { StudyPlan, StudyTable } from '../../../engine/vocabulary/study';
import type { StudyChanges } from '../../../engine/vocabulary/studyChanges';
import { temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';
import { until } from '../../until';
import { callIn } from '../reusedProcess';
import { endRunning, start } from '../process';

const SAMPLE = { format: 'idx', path: path.resolve('engine/datasets/sample'), limit: { train: 256, test: 64 } };
const STUDY = {
  options: {
    ...{ model: { model: 'mlp', options: { hidden: [16] } }, dataset: SAMPLE, backend: 'wasm' },
    ...{ rounds: 2, pruningFraction: 0.5, warmupEpochs: 1, epochsPerRound: 1, finalEpochs: 1, batchSize: 64 },
  },
  axes: { round: 'all', variant: ['retrain', 'signed-mask'], seed: [2] },
  nodes: {
    dense: { run: 'training', over: ['seed'] },
    search: { run: 'search', set: { method: 'lrr', seed: 1, dataSeed: 5 } },
    ticket: {
      run: 'transfer',
      over: ['round', 'variant', 'seed'],
      from: 'search#round',
      set: { rescale: 'none' },
    },
    basin: {
      run: 'connectivity',
      over: ['round', 'seed'],
      a: { node: 'ticket', where: { variant: 'signed-mask' } },
      b: { node: 'ticket', where: { variant: 'retrain' } },
      set: { points: 2, normalization: 'exact', masks: 'union' },
    },
  },
  results: {
    accuracy: { of: 'ticket', measure: 'accuracy', rows: ['round'], columns: 'variant', baseline: 'dense' },
    barrier: { of: 'basin', measure: 'barrier', rows: ['round'] },
  },
};

describe('study', function () {
  this.timeout(240_000);
  const temporary = temporaryFolder();
  afterEach(endRunning);

  const write = (study: object) => {
    writeFileSync(temporary('small.study.json'), JSON.stringify(study));
  };
  const study = async (action: string, ...rest: string[]) => {
    const args = ['study', action, 'small.study.json', ...rest, '--json'];
    // `plan` starts processes to measure speeds. Figures and reports need files beside the bundled program.
    const isProcess = ['run', 'figure', 'report'].includes(action) || rest.includes('--cores');
    const { code, stdout, stderr } = await (isProcess
      ? start(args, {}, temporary('.')).ended
      : callIn(temporary('.'), ...args));
    return { code, stderr, document: stdout === '' ? undefined : (JSON.parse(stdout) as unknown) };
  };
  const run = (name: string) => temporary(`.winning-sign/small.study/${name}`);
  const final = (name: string) => sha256Of(path.join(run(name), 'checkpoints/final.safetensors'));

  /** Runs of a copy are still those of the study if their source was deleted there, although the original has it. */
  async function assertSameInCopy(): Promise<void> {
    const copy = temporary('copy');
    cpSync(temporary('.winning-sign'), path.join(copy, '.winning-sign'), { recursive: true });
    cpSync(temporary('small.study.json'), path.join(copy, 'small.study.json'));
    rmSync(path.join(copy, '.winning-sign/small.study/search/checkpoints/round-01.safetensors'));
    const { stdout } = await callIn(copy, 'study', 'status', 'small.study.json', '--json');
    const { runs } = JSON.parse(stdout) as { runs: { name: string; status: string }[] };
    assert.equal(runs.find(({ name }) => name === 'ticket-r01-signed-mask-seed2')!.status, 'done');
  }

  it('plans, runs and tables its runs, skips those that exist, and takes in added seeds', async () => {
    write(STUDY);
    const before = (await study('plan', '--cores', '1')).document as StudyPlan;
    checkOutput('studyPlan', before);
    checkOutput('studyStatus', (await study('status')).document);
    checkOutput('studyStop', (await study('stop')).document);
    assert.deepEqual([before.runs, before.existing, before.epochs], [8, 0, 1 + 3 + 4]);
    assert.ok(before.seconds! > 0 && before.bytes > 0);
    assert.deepEqual(
      before.nodes.map(({ status }) => status),
      ['queued', 'queued', ...new Array<string>(6).fill('waiting')],
    );
    const only = await study('run', '--only', 'ticket-r01-signed-mask-seed2', '--cores', '2');
    assert.equal(only.code, 0, only.stderr);
    assert.ok(existsSync(run('search')) && !existsSync(run('dense-seed2')));
    await assertSameInCopy();
    const first = await final('ticket-r01-signed-mask-seed2');
    const ran = await study('run', '--cores', '2');
    assert.equal(ran.code, 0, ran.stderr);
    const { tables, counts } = ran.document as { tables: StudyTable[]; counts: object };
    assert.deepEqual(counts, { done: 8 });
    checkOutput('studyRun', ran.document);
    checkOutput('studyTables', (await study('table', '--name', 'barrier')).document);
    for (const [action, file] of [
      ['figure', 'accuracy.svg'],
      ['report', 'small.html'],
    ] as const) {
      // prettier-ignore
      checkOutput('studyFile', (await study(action)).document);
      assert.match(readFileSync(temporary(file), 'utf8'), /<svg .*SHA-256 of the data: [0-9a-f]{64}/s);
      assert.match((await study(action)).stderr, /exists\. Name another (figure|report) with --out/);
    }
    checkOutput('studyFile', (await study('figure', '--out', 'accuracy.png')).document);
    assert.equal(readFileSync(temporary('accuracy.png')).toString('latin1', 1, 4), 'PNG');
    assert.deepEqual(
      tables.map(({ name, rows }) => [
        name,
        rows.length,
        rows.every(({ cells }) => cells.every((cell) => cell?.n === 1)),
      ]),
      [
        ['accuracy', 2, true],
        ['barrier', 2, true],
      ],
    );
    assert.equal(await final('ticket-r01-signed-mask-seed2'), first);
    writeFileSync(path.join(run('dense-seed2'), 'run.json'), '{');
    const damaged = (await study('status')).document as { runs: { name: string; status: string; message?: string }[] };
    assert.match(damaged.runs.find(({ name }) => name === 'dense-seed2')!.message!, /run\.json.*Not valid JSON/);
    rmSync(run('dense-seed2'), { recursive: true });
    write({ ...STUDY, axes: { ...STUDY.axes, seed: [2, 3] } });
    const after = (await study('plan')).document as StudyPlan;
    assert.ok(after.seconds! > 0, 'by the times of the runs that have ended');
    assert.deepEqual([after.runs, after.existing, after.epochs], [15, 7, 6]);
  });

  it('ends with the same checkpoints after its process was killed, and names what it does not change', async () => {
    const short = { ...STUDY, options: { ...STUDY.options, rounds: 1 }, results: {} };
    write({ ...short, nodes: { search: STUDY.nodes.search, ticket: STUDY.nodes.ticket } });
    const killed = start(['study', 'run', 'small.study.json'], {}, temporary('.'));
    await until('round 0 is done', () => existsSync(path.join(run('search'), 'checkpoints/round-00.safetensors')));
    killed.child.kill('SIGKILL');
    assert.equal((await killed.ended).code, null, 'the study had ended before');
    const again = await study('run');
    assert.equal(again.code, 0, again.stderr);
    const resumed = await final('ticket-r01-retrain-seed2');
    rmSync(temporary('.winning-sign'), { recursive: true });
    assert.equal((await study('run')).code, 0);
    assert.equal(await final('ticket-r01-retrain-seed2'), resumed);
    const misfit = { ...STUDY.nodes.ticket, from: 'search#init' };
    write({ ...short, nodes: { search: STUDY.nodes.search, misfit } });
    rmSync(path.join(run('search'), 'checkpoints/init.safetensors'));
    const failed = await study('run');
    assert.deepEqual([failed.code, (failed.document as { counts: object }).counts], [1, { done: 1, failed: 2 }]);
    assert.match(failed.stderr, /misfit-r01-retrain-seed2: .*init\.safetensors/);
    const search = { ...STUDY.nodes.search, set: { method: 'lrr', seed: 5, dataSeed: 5 } };
    write({ ...short, nodes: { search } });
    const refused = await study('run');
    assert.equal(refused.code, 1);
    checkOutput('studyRun', refused.document);
    const { changes, conflicting } = refused.document as { changes: StudyChanges; conflicting: number };
    assert.equal(conflicting, 1);
    assert.deepEqual(changes.conflicts, { runs: 1, first: ['search'], nodes: ['search'], fields: ['seed'] });
    assert.equal(changes.unlisted!.directories, 2, 'those of the nodes that were removed');
    const planned = (await study('plan')).document as StudyPlan;
    checkOutput('studyPlan', planned);
    assert.deepEqual([planned.epochs, planned.existing, planned.nodes[0]!.conflict], [0, 0, ['seed']]);
    for (const action of ['plan', 'status', 'table']) {
      const { stdout } = await callIn(temporary('.'), 'study', action, 'small.study.json');
      assert.match(
        stdout,
        /1 run was made with other settings than .* now \("seed"\): search\. It stays as it is and is not executed again\.\n/,
      );
      assert.match(
        stdout,
        /change the study file back;.*\n.*copy.*rename the node "search".*\n.*--retry search \(.*\n.*--only NODE/,
      );
      assert.match(stdout, /2 run directories do not belong to the study file any more: ticket-.* They are kept/);
    }
    assert.match(readFileSync(path.join(run('search'), 'run.json'), 'utf8'), /"seed": 1/);
    assert.equal((await study('run', '--retry', 'search')).code, 0);
    assert.match(readFileSync(path.join(run('search-before-retry-1'), 'run.json'), 'utf8'), /"seed": 1/);
    const after = (await study('status')).document as { changes: StudyChanges };
    checkOutput('studyStatus', after);
    assert.deepEqual([after.changes.conflicts, after.changes.unlisted!.directories], [undefined, 2]);
  });
});
