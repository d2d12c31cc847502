/** Tests that a run warns and continues if pruning or the learning rate has destroyed its network. */
import assert from 'node:assert/strict';
import { temporaryFolder, fixture } from '../../fixtures';
import { call, callJson } from '../reusedProcess';
import { readEvents, writeData, writeRunFile } from '../process';

interface Shown {
  warnings?: string[];
  status: string;
}

const warningsIn = (directory: string) =>
  readEvents(directory).flatMap((event) => (event.type === 'warning' ? [event.message] : []));

describe('warnings during a run', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();

  it('name the layer that pruning emptied before the next round, and report a constant output', async () => {
    const run = inFolder('collapse');
    const { code, stdout } = await call('run', fixture('cases/25-layer-collapse/c.sign.json'), '--dir', run);
    assert.equal(code, 0);
    const [empty, constant] = warningsIn(run);
    assert.match(empty!, /^Pruning after round 3 keeps no weight of fc1\. .*"pruningFraction"/);
    assert.match(constant!, /^The network of round 4 gives the same output for every test image/);
    assert.equal(warningsIn(run).length, 2);
    const rounds = readEvents(run).map((event) => (event.type === 'round' ? event.round : event.type));
    assert.ok(rounds.indexOf('warning') < rounds.indexOf(3), 'it is said before round 4 is trained');
    assert.match(stdout, /^warning: Pruning after round 3 keeps no weight of fc1/m);
    const { warnings, status } = await callJson<Shown>('show', run);
    assert.deepEqual([warnings, status], [[empty, constant], 'done']);
    assert.doesNotMatch(stdout, /to train this ticket/);
    assert.match((await call('show', run)).stdout, /^ {2}warning: Pruning after round 3 keeps no weight of fc1/m);
  });

  it('advise a lower target if the target emptied a layer', async () => {
    await writeData(inFolder());
    const options = { method: 'one-shot', rounds: undefined, targetSparsity: 0.98, scope: 'layer-wise' };
    writeRunFile(inFolder('a.sign.json'), options);
    await call('run', inFolder('a.sign.json'), '--dir', inFolder('a'));
    const empty = warningsIn(inFolder('a')).find((warning) => warning.includes('keeps no weight of conv1'));
    assert.match(empty ?? '', /Lower "targetSparsity", or choose another "scope"\.$/);
  });

  it('report an implausible loss once and with few digits', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('hot.sign.json'), { method: 'lrr', optimizer: 'adam', learningRate: 1e9, rounds: 1 });
    const { stdout } = await call('run', inFolder('hot.sign.json'), '--dir', inFolder('hot'));
    const huge = warningsIn(inFolder('hot')).filter((warning) => warning.includes('learningRate'));
    assert.equal(huge.length, 1);
    assert.match(
      huge[0]!,
      /^The training loss is \S+ in round 0, epoch 1, but random guessing would give 1\.386\. .*lower "learningRate"/,
    );
    assert.doesNotMatch(stdout, /\d{12}/);
  });

  it('are not given for a network that learns, even with low accuracy', async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('quick.sign.json'));
    assert.equal((await call('run', inFolder('quick.sign.json'), '--dir', inFolder('quick'))).code, 0);
    writeRunFile(inFolder('slow.sign.json'), { learningRate: 1e-6 });
    assert.equal((await call('run', inFolder('slow.sign.json'), '--dir', inFolder('slow'))).code, 0);
    for (const name of ['quick', 'slow']) {
      assert.deepEqual(warningsIn(inFolder(name)), []);
      assert.equal((await callJson<Shown>('show', inFolder(name))).warnings, undefined);
    }
  });
});

describe('warnings before a run', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  const options: { options: object; warning: RegExp }[] = [
    { options: { method: 'aws', rewindStep: 7 }, warning: /"rewindStep" is 7, which has no effect/ },
    {
      options: { optimizer: 'adam', momentum: 0.5 },
      warning: /"momentum" is 0\.5, which has no effect with the optimizer adam/,
    },
  ];
  for (const { options: given, warning } of options)
    it(`name an option without effect: ${JSON.stringify(given)}`, async () => {
      await writeData(inFolder());
      writeRunFile(inFolder('run.sign.json'), given);
      const { stderr } = await call('run', inFolder('run.sign.json'), '--dir', inFolder('run'));
      assert.match(stderr, warning);
    });
});
