import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { expand, type StudyRun } from '../../../engine/studies/expand';
import { planStudy } from '../../../engine/studies/plan';
import { readStates } from '../../../engine/studies/states';
import { readStudy } from '../../../engine/studies/studyFile';
import { contentOf, scalesOf, TEMPLATES, type TemplateName } from '../../../engine/studies/templates/templates';
import { DATA, type Scale } from '../../../engine/studies/templates/scales';
import { temporaryFolder } from '../../fixtures';
import { checkOutput } from '../outputSchema';
import { call, callJson } from '../reusedProcess';
import { cliJson } from '../process';

/** The folders that the scales cifar and paper name. Their files are read only by a run. */
const FOLDERS = Object.values(DATA);

describe('templates', () => {
  const temporary = temporaryFolder();

  const read = (name: TemplateName, scale: Scale) => {
    for (const folder of FOLDERS) mkdirSync(temporary(folder), { recursive: true });
    const file = temporary(`${name.replace('/', '-')}.study.json`);
    writeFileSync(file, JSON.stringify(contentOf(name, scale)));
    return readStudy(file);
  };
  const runsOf = async (name: TemplateName, scale: Scale = 'demo') => expand(await read(name, scale));
  const count = (runs: readonly StudyRun[], node: string) => runs.filter((run) => run.node === node).length;

  for (const name of Object.keys(TEMPLATES) as TemplateName[])
    it(`${name} is a study at every scale`, async () => {
      for (const scale of scalesOf(name)) {
        const study = await read(name, scale);
        const nodes = new Set(expand(study).map(({ node }) => node));
        assert.deepEqual([...nodes].sort(), Object.keys(study.study.nodes).sort(), scale);
        assert.ok(Object.keys(study.study.results).length > 0);
      }
    });

  it('at the scale demo can be planned: their networks fit the sample', async () => {
    for (const name of (Object.keys(TEMPLATES) as TemplateName[]).filter((one) => scalesOf(one).includes('demo'))) {
      const states = await readStates(await read(name, 'demo'), await runsOf(name));
      const { runs, epochs } = await planStudy(states, { cores: 2 });
      assert.ok(runs > 10 && epochs > 0, name);
    }
  }).timeout(30_000);

  it('of the official code have the options, seeds and trainings of its scripts', async () => {
    const runs = await runsOf('official/cifar100_mobilenetv2_aws', 'paper');
    assert.deepEqual(
      ['search', 'signtransfer', 'masktransfer', 'retraining'].map((node) => count(runs, node)),
      [1, 30, 30, 30],
    );
    const [search] = runs;
    const { method, seed, learningRate, weightDecay, warmupEpochs, epochsPerRound, rounds, batchSize } =
      search!.options;
    assert.deepEqual(
      { method, seed, learningRate, weightDecay, warmupEpochs, epochsPerRound, rounds, batchSize },
      {
        ...{ method: 'aws', seed: 1, learningRate: 0.05, weightDecay: 5e-4, warmupEpochs: 10 },
        epochsPerRound: 10,
        rounds: 15,
        batchSize: 128,
      },
    );
    assert.deepEqual([...new Set(runs.slice(1).map(({ options }) => options.seed))], [2, 3]);
    const imagenet = await runsOf('official/imagenet_resnet50_lrr', 'paper');
    assert.deepEqual(
      imagenet.map(({ name }) => name),
      ['search', ...['signtransfer', 'retraining'].flatMap((node) => [2, 3].map((one) => `${node}-r10-seed${one}`))],
    );
    const { optimizer, schedule, batchSize: batch, weightDecay: decay } = imagenet[0]!.options;
    assert.deepEqual([optimizer, schedule, batch, decay], ['adam', 'cosine', 256, 1e-5]);
    assert.equal(Object.keys(TEMPLATES).filter((name) => name.startsWith('official/')).length, 22);
  });

  it('of another task train tickets of one task on the data of the other', async () => {
    const runs = await runsOf('cross-task');
    const classes = (node: string) =>
      new Set(
        runs
          .filter((run) => run.node === node)
          .map(({ options: { dataset } }) => JSON.stringify(typeof dataset === 'object' && dataset.classes)),
      );
    assert.deepEqual([...classes('other-search'), ...classes('random-search')], ['[0,1,2,3,4]', '[0,1,2,3,4]']);
    for (const node of ['dense', 'own-search', 'own-task', 'other-task', 'random-mask'])
      assert.deepEqual([...classes(node)], ['[5,6,7,8,9]'], node);
    const { settings } = runs.find(({ name }) => /^other-task.*-signed-mask/.test(name))!;
    assert.deepEqual(settings.fields, { variant: 'signed-mask', classifier: 'new' });
  });

  it('of matched epochs train dense and one-shot networks as long as the search', async () => {
    const runs = await runsOf('epoch-matched');
    // Rounds 2 and 3 of a search with 2 epochs in each round keep 16 % and 6.4 %. The final training has 3 epochs.
    assert.deepEqual(
      runs.filter(({ node }) => node === 'dense').map(({ options }) => options.finalEpochs),
      [8 + 3, 8 + 3],
    );
    const oneShot = runs.filter(({ node }) => node === 'one-shot').map(({ options }) => options);
    assert.deepEqual(
      oneShot.map(({ targetSparsity, warmupEpochs, epochsPerRound }) => [
        targetSparsity,
        warmupEpochs + epochsPerRound,
      ]),
      [
        [0.84, 6],
        [0.84, 6],
        [0.936, 8],
        [0.936, 8],
      ],
    );
  });

  it('of sparsities reach 98 % with three seeds', async () => {
    for (const scale of ['demo', 'cifar', 'paper'] as const) {
      const runs = await runsOf('barrier-by-sparsity', scale);
      const rounds = new Set(runs.filter(({ node }) => node === 'basin').map(({ axes }) => axes['round']));
      assert.equal(rounds.size, 5, scale);
      assert.equal(count(runs, 'basin'), 2 * 5 * 3);
    }
  });

  it('are written by “study new”, which does not replace a file', async () => {
    const listed = await cliJson<{ templates: { name: string; demo?: object }[] }>('study', 'new');
    checkOutput('studyTemplates', listed);
    const lines = (await call('study', 'new')).stdout.trimEnd().split('\n');
    assert.equal(lines.length, 1 + listed.templates.length, 'one line each');
    const column = lines[0]!.indexOf('question');
    assert.ok(lines.every((line) => /\S/.test(line[column]!) && line.slice(column - 2, column) === '  '));
    const file = temporary('gap.study.json');
    const made = await cliJson('study', 'new', 'transfer-gap', '--out', file);
    checkOutput('studyNew', made);
    assert.equal((await readStudy(file)).study.options['model'], 'convnet');
    const { code, stderr } = await call('study', 'new', 'motivation', '--out', file);
    assert.deepEqual([code, stderr.includes('exists already. Name another file (--out)')], [2, true]);
    const official = ['study', 'new', 'official/cifar100_resnet50_aws'];
    await callJson(...official, '--out', temporary('official.study.json'));
    const refused = await call(...official, '--scale', 'demo');
    assert.match(refused.stderr, /has only the scale paper, not demo\. Choose that, or leave it out\./);
  }).timeout(30_000);
});
