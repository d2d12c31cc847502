/** Tests that `study run --only` ends as the runs do that were asked for, and what the names of runs that do not exist lead to. */
import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { directoryOf } from '../../../engine/studies/place';
import { temporaryFolder } from '../../fixtures';
import { call } from '../reusedProcess';
import { endRunning, start } from '../process';
import { makeLargeStudy } from './manyRuns';

describe('a part of a study', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  afterEach(endRunning);

  /** Ends a run as `outcome`. */
  const end = (directory: string, outcome: string) => {
    const log = path.join(directory, 'events.jsonl');
    const lines = readFileSync(log, 'utf8').trimEnd().split('\n').slice(0, 2);
    writeFileSync(log, `${lines.join('\n')}\n`);
    appendFileSync(log, `${JSON.stringify({ type: 'ended', time: 2, outcome, message: 'It was so.' })}\n`);
  };
  const make = async () => {
    const { study } = await makeLargeStudy(inFolder('part'), 7);
    return study;
  };

  it('ends as the runs that were asked for', async () => {
    const study = await make();
    end(directoryOf(study, 'search-aws'), 'diverged');
    for (let seed = 2; seed <= 7; seed++) end(directoryOf(study, `dense-seed${seed}`), 'diverged');
    end(directoryOf(study, 'dense-seed8'), 'stopped');
    const only = await start(['study', 'run', study.file, '--only', 'search-lrr']).ended;
    assert.equal(only.code, 0, only.stderr);
    assert.doesNotMatch(only.stdout, /To continue/);
    assert.match(only.stdout, /^Runs that were asked for, and those that they need: 1 done\.$/m);
    assert.match(only.stdout, /^Runs of the whole study: .*1 stopped.*\.$/m);
    const { stdout } = await call('study', 'status', study.file);
    assert.match(stdout, /^diverged +dense-seed2: It was so\.$/m);
    assert.match(stdout, /^diverged +and 2 more$/m);
  });

  it('is planned with the runs that it needs', async () => {
    const study = await make();
    const { stdout } = await call('study', 'plan', study.file, '--only', 'dense-seed2', '--only', 'basin', '--json');
    const { nodes } = JSON.parse(stdout) as { nodes: { node: string }[] };
    assert.deepEqual(
      [...new Set(nodes.map(({ node }) => node))].map((node) => [
        node,
        nodes.filter((one) => one.node === node).length,
      ]),
      [
        ['dense', 1],
        ['search', 2],
        ['ticket', 28],
        ['basin', 14],
      ],
    );
  });

  it('suggests the name of a node or of a run', async () => {
    const study = await make();
    for (const args of [
      ['run', study.file, '--only', 'tikcet'],
      ['run', study.file, '--retry', 'tikcet'],
    ]) {
      const { code, stderr } = await call('study', ...args);
      assert.equal(code, 2);
      assert.match(
        stderr,
        /neither a node nor a run of .*\. Did you mean "ticket"\? Its nodes are dense, search, ticket/,
      );
    }
    const { stderr } = await call('study', 'run', study.file, '--only', 'dense-sed2');
    assert.match(stderr, /Did you mean "dense-seed2"\?/);
  });
});
