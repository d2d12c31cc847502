/** Tests that a measurement does not count once the networks that it was made from were made anew. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { readOverview } from '../../../engine/runs/list';
import { changesOf } from '../../../engine/studies/changes';
import { FollowedStudy } from '../../../engine/studies/followStudy';
import { directoryOf } from '../../../engine/studies/place';
import { moveAside } from '../../../engine/studies/retry';
import { readProgress, readState, readStates, type RunState } from '../../../engine/studies/states';
import { temporaryFolder } from '../../fixtures';
import { call } from '../reusedProcess';
import { makeEndedStudy, largeStudy, makeLargeStudy } from './manyRuns';

const TICKET = 'ticket-lrr-r03-signed-mask-seed2';
const BASIN = 'basin-lrr-r03-seed2';

describe('a run whose source was made anew', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();
  /** Gives the last checkpoint of a run another content, as its log says. */
  const makeAnew = (directory: string) => {
    const log = path.join(directory, 'events.jsonl');
    writeFileSync(log, readFileSync(log, 'utf8').replaceAll(/"sha256":"[0-9a-f]{4}/g, '"sha256":"0000'));
  };
  const stale = (states: readonly RunState[]) =>
    states.filter(({ conflict }) => conflict).map(({ run, conflict, status }) => [run.name, conflict, status]);

  it('is found by everything that reads its state, and no other run is', async () => {
    const { study, runs } = await makeLargeStudy(inFolder('made'), 8);
    await readProgress(study, runs); // writes the index
    const overviews = async () =>
      new Map(
        await Promise.all(
          runs.map(async ({ name }) => {
            const directory = directoryOf(study, name);
            return [directory, (await readOverview(directory)).overview] as const;
          }),
        ),
      );
    let known = await overviews();
    const followed = new FollowedStudy(study.file, (directory) => known.get(directory));
    assert.equal((await followed.look())!.summary!.changes, undefined);
    makeAnew(directoryOf(study, TICKET));
    const expected = [[BASIN, ['source'], 'failed']];
    assert.deepEqual(stale(await readProgress(study, runs)), expected);
    assert.deepEqual(stale(await readProgress(study, runs)), expected, 'also with the index');
    const states = await readStates(study, runs);
    assert.deepEqual(stale(states), expected);
    const basin = runs.find(({ name }) => name === BASIN)!;
    assert.deepEqual(stale([await readState(study, basin)]), expected);
    const changes = (await changesOf(study, states))!;
    assert.deepEqual(changes, { stale: { runs: 1, first: [BASIN], nodes: ['basin'] } });
    known = await overviews();
    followed.runChanged(directoryOf(study, TICKET));
    assert.deepEqual((await followed.look())!.summary!.changes, changes);
    for (const action of ['plan', 'status', 'table']) {
      const { stdout } = await call('study', action, study.file);
      assert.match(stdout, new RegExp(`1 run was made from checkpoints that have been replaced since: ${BASIN}\\.`));
      assert.match(stdout, /to run anew: .* study run .*large\.study\.json --retry basin \(/);
    }
    await moveAside(study, runs, ['basin']);
    assert.equal(
      (
        await readState(
          study,
          runs.find(({ name }) => name === BASIN)!,
        )
      ).status,
      'waiting',
    );
  });

  it('is moved aside with its source if that was made with other options', async () => {
    const content = largeStudy(2) as { nodes: Record<string, object> };
    const ticket = { ...content.nodes['ticket'], set: { momentum: 0.5 } };
    const { study, runs } = await makeEndedStudy(inFolder('set/large.study.json'), {
      ...content,
      nodes: { ...content.nodes, ticket },
    });
    writeFileSync(study.file, JSON.stringify(content));
    const now = runs.map((run) => ({ ...run, options: { ...run.options, momentum: 0.9 } }));
    const sentences = await moveAside(study, now, [TICKET]);
    assert.equal(sentences.length, 2);
    assert.match(sentences[1]!, new RegExp(`^${BASIN} begins anew as well, because it was made from these\\.`));
    assert.ok(!existsSync(directoryOf(study, TICKET)) && !existsSync(directoryOf(study, BASIN)));
    assert.ok(existsSync(`${directoryOf(study, BASIN)}-before-retry-1`));
    assert.ok(existsSync(directoryOf(study, 'basin-lrr-r03-seed3')));
  });

  it('does not concern runs that were not made yet', async () => {
    const { study, runs } = await makeLargeStudy(inFolder('part'), 2);
    rmSync(directoryOf(study, BASIN), { recursive: true });
    makeAnew(directoryOf(study, TICKET));
    assert.deepEqual(stale(await readStates(study, runs)), []);
  });
});
