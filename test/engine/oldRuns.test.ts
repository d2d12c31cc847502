/** Tests that all commands still work with run directories that earlier versions wrote. */
import assert from 'node:assert/strict';
import { cpSync, readdirSync } from 'node:fs';
import path from 'node:path';
import type { Comparison, Inspection, ListedRun, RunList } from '../../engine/protocol';
import { fixture, temporaryFolder } from '../fixtures';
import { call, callJson } from './reusedProcess';
import { readEvents } from './process';

/** Test loss of the run `stopped` in its last round. The old version measured it in a run that was not stopped. */
const UNINTERRUPTED_LOSS: Record<string, number | undefined> = {
  '2026-11-23': undefined, // its backend summed in another order
  '2026-11-25': 1.00592236328125,
  '2026-11-26': 1.00592236328125,
};

describe('a run directory of an earlier version', function () {
  this.timeout(120_000);
  const inFolder = temporaryFolder();
  const sum = (counts: number[]) => counts.reduce((total, count) => total + count, 0);
  const checkpoint = (run: string, name: string) => inFolder(run, 'checkpoints', `${name}.safetensors`);

  for (const format of readdirSync(fixture('runs')))
    describe(`of ${format}`, () => {
      beforeEach(() => {
        cpSync(fixture(`runs/${format}`), inFolder(), { recursive: true });
      });

      it('is listed with its results and sources', async () => {
        const { runs, problems } = await callJson<RunList<ListedRun>>('runs', inFolder());
        assert.deepEqual(problems, []);
        assert.deepEqual(
          runs.map(({ name, kind, status, rounds }) => [name, kind, status, rounds.length]),
          [
            ['aws', 'search', 'done', 3],
            ['aws-r02-signed-mask-seed4', 'train', 'done', 1],
            ['aws-r02-to-aws-r01', 'connectivity', 'done', 0],
            ['dense', 'train', 'done', 1],
            ['imp', 'search', 'done', 3],
            ['stopped', 'search', 'stopped', 1],
          ],
        );
        for (const { name, options } of runs) assert.equal(options.normalizationInterpolation, undefined, name);
        const sources = runs.map((run) => run.sources.map(({ run: source, label }) => [path.basename(source!), label]));
        assert.deepEqual(sources.slice(0, 3), [
          [],
          [['aws', 'aws/round-02']],
          [
            ['aws', 'aws/round-02'],
            ['aws', 'aws/round-01'],
          ],
        ]);
        for (const { directory } of runs) assert.equal((await call('show', directory)).code, 0, directory);
      });

      it('has checkpoints that can be inspected, compared, transferred and interpolated', async () => {
        const [first, last] = [checkpoint('aws', 'round-01'), checkpoint('aws', 'round-02')];
        const { layers } = await callJson<Inspection>('inspect', last);
        assert.equal(sum(layers.map(({ kept }) => kept)), 63);
        const { total } = await callJson<Comparison>('compare', first, last);
        assert.deepEqual([total.keptBoth, total.onlyA, total.onlyB], [63, 63, 0]);
        const ticket = checkpoint('imp', 'round-02');
        const made = await callJson<ListedRun>('transfer', ticket, '--variant', 'retrain', '--seed', '3');
        assert.equal(path.dirname(made.directory), inFolder());
        const ends = [path.join(made.directory, 'checkpoints/final.safetensors'), checkpoint('dense', 'final')];
        assert.equal((await call('interpolate', ...ends, '--points', '3')).code, 0);
      });

      it('resumes to the result without the interruption', async () => {
        const { code, stderr } = await call('resume', inFolder('stopped'));
        assert.equal(code, 0, stderr);
        const rounds = readEvents(inFolder('stopped')).flatMap((event) => (event.type === 'round' ? [event] : []));
        assert.deepEqual(
          rounds.map(({ round }) => round),
          [0, 1, 2],
        );
        const expected = UNINTERRUPTED_LOSS[format];
        if (expected !== undefined) assert.equal(rounds[2]!.test.loss, expected);
      });
    });
});
