/** Tests the measurement of several checkpoints: all pairs, and the loss surface through three. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CurvePoint, RunSummary, SurfacePoint } from '../../engine/protocol';
import type { NamedBarrier } from '../../engine/vocabulary/namedBarriers';
import { temporaryFolder } from '../fixtures';
import { checkOutput } from './outputSchema';
import { call, callJson } from './reusedProcess';
import { readEvents, writeData, writeRunFile } from './process';

type Surface = RunSummary & { cells: SurfacePoint[] };
interface Barriers {
  files: string[];
  pairs: { a: number; b: number; directory: string; barriers: NamedBarrier[] }[];
}

describe('interpolate with several checkpoints', function () {
  this.timeout(180_000);
  const inFolder = temporaryFolder();
  const round = (number: number) => inFolder('.winning-sign/aws/checkpoints', `round-0${number}.safetensors`);
  const three = () => [0, 1, 2].map(round);

  beforeEach(async () => {
    await writeData(inFolder());
    writeRunFile(inFolder('aws.sign.json'));
    await call('run', inFolder('aws.sign.json'));
  });

  it('measures all pairs, the consecutive ones, or the first with each other, and none of them twice', async () => {
    const measure = (...options: string[]) =>
      callJson<Barriers>('interpolate', ...three(), '--points', '3', ...options);
    const consecutive = await measure('--pairs', 'consecutive');
    checkOutput('barriers', consecutive);
    assert.deepEqual(consecutive.pairs.map(({ a, b }) => [a, b]), [[0, 1], [1, 2]]); // prettier-ignore
    const logs = consecutive.pairs.map(({ directory }) => readFileSync(path.join(directory, 'events.jsonl'), 'utf8'));
    const all = await measure();
    assert.deepEqual(all.pairs.map(({ a, b }) => [a, b]), [[0, 1], [0, 2], [1, 2]]); // prettier-ignore
    assert.deepEqual(
      [0, 2].map((i) => readFileSync(path.join(all.pairs[i]!.directory, 'events.jsonl'), 'utf8')),
      logs,
      'the pairs of the first call are not measured again',
    );
    const first = await measure('--pairs', 'first');
    assert.deepEqual(first.pairs.map(({ a, b }) => [a, b]), [[0, 1], [0, 2]]); // prettier-ignore
    assert.deepEqual(first.pairs[1], all.pairs[1]);
    const { stdout } = await call('interpolate', ...three(), '--points', '3');
    assert.match(stdout, /^official barrier +1 +2 +3$/m);
    assert.match(stdout, /^1 – 2: A is round 0 and B is round 1 of the same run\./m);
    const elsewhere = await measure('--pairs', 'first', '--dir', inFolder('pairs'));
    assert.equal(path.dirname(elsewhere.pairs[0]!.directory), inFolder('pairs'));
    const { code, stderr } = await call('interpolate', ...three(), '--state-b', 'ema');
    assert.equal(code, 2);
    assert.match(stderr, /--state-b cannot be used with these checkpoints/);
  });

  it('measures the surface through three, whose corners are the ends of the lines', async () => {
    const surface = await callJson<Surface>(
      'interpolate',
      ...three(),
      '--surface',
      '--points',
      '3',
      '--dir',
      inFolder('s'),
    );
    checkOutput('run', surface);
    assert.equal(surface.result?.kind, 'surface');
    assert.equal(surface.cells.length, 3 + 9);
    const line = await callJson<{ points: CurvePoint[] }>('interpolate', round(0), round(1), '--points', '2');
    const [b, a] = line.points.map(({ train, test }) => ({ train, test }));
    const corner = (end: string) => {
      const { train, test } = surface.cells.find((cell) => cell.end === end)!;
      return { train, test };
    };
    assert.deepEqual([corner('a'), corner('b')], [a, b]);
    const ema = ['--surface', '--points', '2', '--normalization', 'ema', '--dir', inFolder('ema')];
    const tracked = await callJson<Surface>('interpolate', ...three(), ...ema);
    assert.notDeepEqual(tracked.cells[0], surface.cells[0]);
    const { stdout } = await call('show', inFolder('s'));
    assert.match(stdout, /^A \(0\.00, 0\.00\) /m);
    assert.match((await call('runs', inFolder('s'))).stdout, / loss surface/);
    const copy = await callJson<Surface>('run', inFolder('s'), '--dir', inFolder('copy'));
    assert.deepEqual(copy.cells, surface.cells);
  });

  it('resumes a half-measured surface to the same numbers', async () => {
    const directory = inFolder('half');
    const whole = await callJson<Surface>('interpolate', ...three(), '--surface', '--points', '3', '--dir', directory);
    const log = path.join(directory, 'events.jsonl');
    const lines = readFileSync(log, 'utf8').split('\n');
    const cut = lines.findIndex((one) => one.includes('"type":"cell"')) + 5;
    writeFileSync(log, lines.slice(0, cut).join('\n') + '\n');
    const resumed = await callJson<Surface>('resume', directory);
    assert.deepEqual(resumed.cells, whole.cells);
    const events = readEvents(directory);
    assert.equal(events.filter(({ type }) => type === 'cell').length, 12, 'no point is measured twice');
    assert.ok(events.some(({ type }) => type === 'resumed'));
  });

  it('refuses a surface of other numbers of checkpoints, of one line, and without batch-norm treatment', async () => {
    const refused = async (...args: string[]) => {
      const { code, stderr } = await call('interpolate', ...args, '--surface', '--dir', inFolder('no'));
      assert.equal(code, 2, stderr);
      return stderr;
    };
    assert.match(await refused(round(0), round(1)), /--surface needs three checkpoints, but 2 are given/);
    assert.match(await refused(...three(), '--normalization', 'none'), /needs the normalization exact or ema/);
    assert.match(await refused(...three(), '--barrier', 'frankle'), /--barrier cannot be used/);
    assert.match(await refused(...three(), '--points', '102'), /--points is "102"/);
    assert.equal(existsSync(inFolder('no')), false);
    assert.match(await refused(round(0), round(1), round(1)), /are on one line, so no plane goes through them/);
  });
});
