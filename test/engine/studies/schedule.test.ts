import assert from 'node:assert/strict';
import { Schedule } from '../../../engine/studies/schedule';
import type { StudyStatus } from '../../../engine/vocabulary/study';

interface Run {
  name: string;
  needs: string[];
}

const state = (name: string, needs: string[] = [], status: StudyStatus = 'waiting', conflict?: unknown) => ({
  ...{ run: { name, needs }, status },
  ...(conflict !== undefined && { conflict }),
});

/** Begins all runs that can begin, and returns their names. */
function begin(schedule: Schedule<Run>): string[] {
  const begun = [];
  for (let run = schedule.next(); run; run = schedule.next()) {
    schedule.begin();
    begun.push(run.name);
  }
  return begun;
}

describe('Schedule', () => {
  it('gives runs in the order of the study, once all that they need is done', () => {
    const states = [state('a'), state('b', ['a']), state('c', ['a', 'e', 'a']), state('d', ['b']), state('e')];
    const schedule = new Schedule<Run>(states);
    const end = (place: number, status: StudyStatus) => {
      schedule.set(states[place]!.run, status);
      schedule.finish();
    };
    assert.deepEqual([begin(schedule), schedule.open, schedule.ended], [['a', 'e'], 5, 0]);
    end(4, 'done');
    schedule.set(states[4]!.run, 'done');
    assert.deepEqual([begin(schedule), schedule.open, schedule.ended], [[], 4, 1]);
    end(0, 'done');
    assert.deepEqual(begin(schedule), ['b', 'c']);
    end(1, 'diverged');
    end(2, 'failed');
    assert.deepEqual([begin(schedule), schedule.open, schedule.ended], [[], 1, 3], 'd waits for b for ever');
  });

  it('continues what was stopped, and leaves out what has ended or is in conflict', () => {
    const schedule = new Schedule<Run>([
      ...[state('done', [], 'done'), state('other', [], 'failed', ['seed']), state('failed', [], 'failed')],
      ...[state('next', ['other']), state('stopped', ['done'], 'stopped')],
    ]);
    assert.deepEqual([begin(schedule), schedule.open, schedule.ended], [['failed', 'stopped'], 3, 1]);
  });

  it('takes a time in proportion to the number of runs', function () {
    this.timeout(20_000);
    const timeOf = (count: number) => {
      const states = Array.from({ length: count }, (_, i) => state(`r${i}`, i % 10 === 0 ? [] : [`r${i - (i % 10)}`]));
      const begun = performance.now();
      const schedule = new Schedule<Run>(states);
      let ran = 0;
      for (let run = schedule.next(); run; run = schedule.next()) {
        schedule.begin();
        schedule.set(run, 'done');
        schedule.finish();
        ran++;
      }
      assert.equal(ran, count);
      return performance.now() - begun;
    };
    timeOf(1_000); // compiles
    const [small, large] = [timeOf(10_000), timeOf(100_000)];
    assert.ok(large < 50 * Math.max(small, 5), `10,000 runs took ${small} ms, 100,000 took ${large} ms`);
  });
});
