import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { thisProcess } from '../../../engine/processes';
import { directoryOf } from '../../../engine/studies/place';
import { moveAside } from '../../../engine/studies/retry';
import { readState } from '../../../engine/studies/states';
import { temporaryFolder } from '../../fixtures';
import { call } from '../reusedProcess';
import { makeLargeStudy } from './manyRuns';

describe('a retry of runs of a study', function () {
  this.timeout(30_000);
  const inFolder = temporaryFolder();
  const make = async () => {
    const { study, runs } = await makeLargeStudy(inFolder('made'), 2);
    const directory = directoryOf(study, 'dense-seed2');
    const events = path.join(directory, 'events.jsonl');
    const first = readFileSync(events, 'utf8').split('\n')[0]!;
    const end = (outcome: string) => {
      writeFileSync(events, `${first}\n${JSON.stringify({ type: 'ended', time: 2, outcome })}\n`);
    };
    return { study, runs, directory, end };
  };

  it('moves a run aside that diverged or failed, under a name that is free', async () => {
    const { study, runs, directory, end } = await make();
    mkdirSync(`${directory}-before-retry-1`);
    for (const outcome of ['diverged', 'failed']) {
      if (!existsSync(directory)) await make();
      end(outcome);
      const [sentence] = await moveAside(study, runs, ['dense', 'dense-seed2']);
      const number = outcome === 'diverged' ? 2 : 3;
      const former = `${directory}-before-retry-${number}`;
      assert.ok(sentence!.startsWith(`${directory} begins anew. The former run is in ${former};`), sentence);
      assert.ok(existsSync(path.join(former, 'events.jsonl')) && !existsSync(path.join(former, 'lock')));
      assert.equal(
        (
          await readState(
            study,
            runs.find(({ name }) => name === 'dense-seed2')!,
          )
        ).status,
        'waiting',
      );
      assert.ok(existsSync(directoryOf(study, 'dense-seed3')), 'the other run of the node is done');
    }
  });

  it('refuses names that are unknown or of runs that are done, and runs that a process has', async () => {
    const { study, runs, directory, end } = await make();
    await assert.rejects(moveAside(study, runs, ['dens']), /"dens" cannot begin anew: it is neither a node nor a run/);
    await assert.rejects(moveAside(study, runs, ['dense']), /no run of this name has diverged or failed/);
    end('diverged');
    writeFileSync(path.join(directory, 'lock'), JSON.stringify({ ...thisProcess(), id: 'other' }));
    await assert.rejects(moveAside(study, runs, ['dense-seed2']), /already running|has diverged or failed/);
    assert.ok(existsSync(directory));
    const { code, stderr } = await call('study', 'run', study.file, '--retry', 'dens');
    assert.equal(code, 2);
    assert.match(stderr, /"dens" cannot begin anew/);
  });
});
