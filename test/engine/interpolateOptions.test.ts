/** Tests that each option of `interpolate` has its effect, is recorded, and reaches the result. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CurvePoint, Pair, RunRecord, RunSummary } from '../../engine/protocol';
import type { NamedBarrier } from '../../engine/vocabulary/namedBarriers';
import { temporaryFolder } from '../fixtures';
import { checkOutput } from './outputSchema';
import { call, callJson } from './reusedProcess';
import { writeData, writeRunFile } from './process';

type Line = RunSummary & {
  pair?: Pair;
  points: CurvePoint[];
  result: { named: NamedBarrier[]; normalization: string };
};

describe('interpolate', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const round = (number: number) => inFolder('.winning-sign/aws/checkpoints', `round-0${number}.safetensors`);

  async function measure(name: string, ...options: string[]): Promise<Line> {
    const line = await callJson<Line>('interpolate', round(1), round(2), ...options, '--dir', inFolder(name));
    checkOutput('run', line);
    assert.equal(line.status, 'done');
    return line;
  }

  const recordOf = (name: string) =>
    JSON.parse(readFileSync(path.join(inFolder(name), 'run.json'), 'utf8')) as RunRecord & Record<string, unknown>;
  const lossesOf = ({ points }: Line) => points.map(({ train }) => train.loss);

  beforeEach(async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('aws.sign.json'), { augmentation: { crop: 1, flip: true } });
    await call('run', inFolder('aws.sign.json'));
  });

  it('treats batch-norm statistics as --normalization says, and names the treatment', async () => {
    const exact = await measure('exact', '--points', '3');
    const [ema, again, none] = [
      await measure('ema', '--points', '3', '--normalization', 'ema'),
      await measure('again', '--points', '3', '--normalization', 'ema'),
      await measure('none', '--points', '3', '--normalization', 'none'),
    ];
    assert.deepEqual(
      ['exact', 'ema', 'none'].map((name) => recordOf(name).normalization),
      [undefined, 'ema', 'none'],
    );
    assert.notDeepEqual(lossesOf(ema), lossesOf(exact));
    assert.notDeepEqual(lossesOf(none), lossesOf(exact));
    assert.notDeepEqual(lossesOf(none), lossesOf(ema));
    assert.deepEqual(lossesOf(again), lossesOf(ema), 'the order of the data is a function of the seed');
    assert.match(exact.result.normalization, /the mean over one pass of the training set/);
    assert.match(ema.result.normalization, /as in the official code: .* momentum 0\.1 over one pass of the augmented/);
    assert.match(none.result.normalization, /left alone: interpolated linearly between those of A and B/);
    assert.deepEqual(ema.ends?.normalization, 'ema');
  });

  it('combines different masks as --masks says, and refuses them before a run is made if they must be equal', async () => {
    const union = await measure('union', '--points', '2', '--masks', 'union');
    const both = await measure('both', '--points', '2', '--masks', 'intersection');
    assert.deepEqual([recordOf('union').masks, recordOf('both').masks], [undefined, 'intersection']);
    assert.equal(lossesOf(both)[0], lossesOf(union)[0], 'round 2 keeps no weight that round 1 has pruned');
    assert.notEqual(lossesOf(both)[1], lossesOf(union)[1], 'round 1 loses weights');
    const { code, stderr } = await call(
      ...['interpolate', round(1), round(2), '--masks', 'equal', '--dir', inFolder('equal')],
    );
    assert.equal(code, 2);
    assert.match(stderr, /have different masks, in .*--masks to union or intersection/);
    assert.equal(existsSync(inFolder('equal')), false);
  });

  it('has the points of a definition with --barrier, and all barriers by name in any case', async () => {
    const { points, result } = await measure('frankle', '--barrier', 'frankle');
    assert.equal(points.length, 30);
    assert.deepEqual(
      result.named.map(({ name, note }) => [name, note === undefined]),
      [['official', false], ['frankle', true], ['chord', true]], // prettier-ignore
    );
    const { stdout } = await call('show', inFolder('frankle'));
    assert.match(stdout, /^ {2}Frankle barrier: .* over 30 evenly spaced points$/m);
    assert.match(stdout, /^ {2}official barrier: .* \(measured at 30 points, but the definition has 11\)$/m);
    const { code, stderr } = await call('interpolate', round(1), round(2), '--barrier', 'frankle', '--points', '5');
    assert.equal(code, 2);
    assert.match(stderr, /--points and --barrier are both given/);
  });

  it('repeats its choices in a copy of the run', async () => {
    await measure('first', '--points', '2', '--normalization', 'none', '--masks', 'intersection');
    await call('run', inFolder('first'), '--dir', inFolder('copy'));
    const { normalization, masks } = recordOf('copy');
    assert.deepEqual([normalization, masks], ['none', 'intersection']);
  });

  it('says what the ends have in common, also for a file that no run wrote', async () => {
    const { pair } = await measure('pair', '--points', '2');
    assert.deepEqual(pair, { kind: 'other', sentence: 'A is round 1 and B is round 2 of the same run.' });
    assert.match(
      (await call('show', inFolder('pair'))).stdout,
      /^ {2}A is round 1 and B is round 2 of the same run\.$/m,
    );
    copyFileSync(round(2), inFolder('copy.safetensors'));
    const foreign = await callJson<Line>('interpolate', round(1), inFolder('copy.safetensors'), '--points', '2');
    assert.equal(foreign.pair?.kind, 'other', 'a copy is found by its content if the run of A has it');
    writeFileSync(inFolder('two.sign.json'), readFileSync(inFolder('aws.sign.json')));
    const other = inFolder('elsewhere', 'other.safetensors');
    await call('run', inFolder('two.sign.json'), '--dir', inFolder('two'), '--set', 'seed=9');
    mkdirSync(inFolder('elsewhere'));
    copyFileSync(inFolder('two/checkpoints/round-02.safetensors'), other);
    const unknown = await callJson<Line>('interpolate', round(2), other, '--points', '2');
    assert.deepEqual(unknown.pair?.kind, 'unknown');
    const seeds = await callJson<Line>(
      'interpolate',
      round(2),
      inFolder('two/checkpoints/round-02.safetensors'),
      '--points',
      '2',
    );
    assert.equal(seeds.pair?.kind, 'initialization-stability');
  });
});
