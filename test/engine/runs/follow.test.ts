import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { RunChange, RunDelta } from '../../../engine/protocol';
import { EventLog } from '../../../engine/runs/events';
import { RunFollower } from '../../../engine/runs/follow';
import { UNGUARDED } from '../../../engine/files';
import { acquireLock } from '../../../engine/runs/lock';
import { checkOptions } from '../../../engine/runs/options';
import { recordOf, writeRecord } from '../../../engine/runs/record';
import { temporaryFolder } from '../../fixtures';

const POINT = { round: 0, epoch: 0, step: 5, steps: 10, loss: 2, accuracy: 12, learningRate: 0.1, secondsLeft: 7 };

describe('RunFollower', () => {
  const inFolder = temporaryFolder();
  const heard = new EventEmitter();
  let follower: RunFollower;

  beforeEach(() => {
    follower = new RunFollower({
      onList: (change) => heard.emit('list', change),
      onRun: (delta) => heard.emit('run', delta),
    });
  });
  afterEach(() => {
    follower.dispose();
    heard.removeAllListeners();
  });

  it('finds runs, follows their events, and notices a process that died', async () => {
    await makeRun('aws');
    await follower.follow([inFolder()]);
    const runs = follower.overviews();
    const [summary] = runs;
    assert.deepEqual([summary!.name, summary!.status, summary!.model], ['aws', 'waiting', 'mlp']);

    const lock = await acquireLock(inFolder('aws'));
    const log = new EventLog(inFolder('aws', 'events.jsonl'), 0, { guard: UNGUARDED });
    const next = nextDelta((delta) => delta.append.losses !== undefined);
    log.append({ type: 'progress', ...POINT });
    const delta = await next;
    assert.deepEqual(delta.append.losses, [POINT]);
    assert.equal(delta.set.status, 'running');
    assert.deepEqual(delta.set.progress, {
      round: 0,
      rounds: 15,
      epoch: 0,
      epochs: 10,
      step: 5,
      steps: 10,
      secondsLeft: 7,
    });

    const died = nextDelta(({ set }) => set.status === 'interrupted');
    lock.release(); // what a killed process leaves: no lock that lives, and no last word
    await died;
    const snapshot = await follower.snapshot(inFolder('aws'));
    assert.deepEqual([snapshot!.status, snapshot!.losses], ['interrupted', [POINT]]);
    log.close();
  });

  it('reports at once that a run was asked to stop, and keeps the progress of a stopped run', async () => {
    await makeRun('aws');
    const lock = await acquireLock(inFolder('aws'));
    const log = new EventLog(inFolder('aws', 'events.jsonl'), 0, { guard: UNGUARDED });
    log.append({ type: 'progress', ...POINT });
    await follower.follow([inFolder()]);
    const runs = follower.overviews();
    const [running] = runs;
    assert.deepEqual([running!.status, running!.stopping], ['running', false]);

    const stopping = nextDelta(({ set }) => set.stopping === true);
    writeFileSync(inFolder('aws', 'stop'), '');
    await stopping;

    const stopped = nextDelta(({ set }) => set.status === 'stopped');
    log.append({ type: 'ended', outcome: 'stopped' });
    rmSync(inFolder('aws', 'stop'));
    const { set } = await stopped;
    assert.equal(set.stopping, false);
    assert.deepEqual([set.progress?.epoch, set.progress?.step, set.progress?.secondsLeft], [0, 5, undefined]);
    const { progress } = (await follower.snapshot(inFolder('aws')))!;
    assert.deepEqual(progress, set.progress);

    const done = nextDelta(({ set: { status } }) => status === 'done');
    log.append({ type: 'ended', outcome: 'done' });
    await done;
    assert.equal((await follower.snapshot(inFolder('aws')))!.progress, undefined);
    lock.release();
    log.close();
  });

  it('requests a new snapshot after a resume has cut the log', async () => {
    await makeRun('aws');
    const first = new EventLog(inFolder('aws', 'events.jsonl'), 0, { guard: UNGUARDED });
    first.append({ type: 'progress', ...POINT });
    first.append({ type: 'ended', outcome: 'stopped' });
    first.close();
    await follower.follow([inFolder()]);
    const reset = nextDelta((delta) => delta.reset);
    const second = new EventLog(inFolder('aws', 'events.jsonl'), 0, { guard: UNGUARDED });
    second.append({ type: 'progress', ...POINT, step: 1 });
    await reset;
    assert.deepEqual(
      (await follower.snapshot(inFolder('aws')))!.losses.map(({ step }) => step),
      [1],
    );
    second.close();
  });

  it('reports a run that appears in a new folder, and reports when it is removed', async () => {
    assert.deepEqual(await follower.follow([inFolder('later')]), []);
    assert.deepEqual(follower.overviews(), []);
    const appeared = nextChange(() => true);
    mkdirSync(inFolder('later'));
    await makeRun('later/lrr');
    assert.equal((await appeared).summary?.name, 'lrr');
    const gone = nextChange(() => true);
    rmSync(inFolder('later', 'lrr'), { recursive: true });
    assert.deepEqual(await gone, { directory: inFolder('later', 'lrr') });
  });

  it('notices new runs in all folders, and a run that replaces another run', async () => {
    await follower.follow([inFolder('x', 'y', 'later')]); // nothing of this exists
    const first = nextChange(() => true);
    await makeRun('x/y/later/study/a');
    assert.equal((await first).summary?.name, 'a');

    const second = nextChange(() => true);
    mkdirSync(inFolder('x', 'y', 'later', 'study', 'b'));
    await follower.scan(); // it is looked at before it has a run.json
    await makeRun('x/y/later/study/b');
    assert.equal((await second).summary?.name, 'b');

    const replaced = nextChange(({ summary }) => summary?.status === 'failed');
    renameSync(inFolder('x', 'y', 'later', 'study', 'a'), inFolder('elsewhere'));
    await makeRun('x/y/later/study/a');
    await follower.scan();
    appendEnd(inFolder('x', 'y', 'later', 'study', 'a'), 'failed');
    assert.equal((await replaced).directory, inFolder('x', 'y', 'later', 'study', 'a'));
  });

  it('notices that an ended run resumes, also through a link', async function () {
    if (process.platform === 'win32') this.skip();
    await makeRun('aws');
    mkdirSync(inFolder('runs'));
    symlinkSync(inFolder('aws'), inFolder('runs', 'link'));
    appendEnd(inFolder('aws'), 'stopped');
    await follower.follow([inFolder('runs')]);
    const runs = follower.overviews();
    assert.deepEqual(runs.map(({ name, status }) => [name, status]), [['link', 'stopped']]); // prettier-ignore
    const done = nextDelta(({ set }) => set.status === 'done');
    appendEnd(inFolder('aws'), 'done');
    assert.equal((await done).directory, inFolder('runs', 'link'));
  });

  const unreadable: Record<string, { make: (file: string) => void; problem: string }> = {
    'a folder': {
      make: (file) => {
        mkdirSync(file);
      },
      problem: 'events.jsonl is a folder, not a file.',
    },
    'a link to itself': {
      make: (file) => {
        symlinkSync(file, file);
      },
      problem: 'events.jsonl cannot be read: its symbolic links form a loop.',
    },
    'a pipe': {
      make: (file) => execFileSync('mkfifo', [file]),
      problem: 'events.jsonl is a pipe or a device, not a file.',
    },
  };
  for (const [what, { make, problem }] of Object.entries(unreadable)) {
    it(`lists a run whose log is ${what} as a problem, still lists the other runs, and reads the log again`, async function () {
      if (process.platform === 'win32') this.skip();
      await makeRun('aws');
      await makeRun('lrr');
      make(inFolder('aws', 'events.jsonl'));
      const problems = await follower.follow([inFolder()]);
      assert.deepEqual(
        follower.overviews().map(({ name }) => name),
        ['lrr'],
      );
      assert.deepEqual(problems, [{ directory: inFolder('aws'), message: problem }]);
      const readable = nextChange(({ directory }) => directory === inFolder('aws'));
      rmSync(inFolder('aws', 'events.jsonl'), { recursive: true });
      assert.deepEqual([(await readable).summary?.status, (await readable).problem], ['waiting', undefined]);
    });
  }

  it('reports once that a run can no longer be read, and keeps its last state', async () => {
    await makeRun('aws');
    await makeRun('lrr');
    const ended = (name: string, outcome: 'stopped' | 'failed') => {
      const log = new EventLog(inFolder(name, 'events.jsonl'), 0, { guard: UNGUARDED });
      log.append({ type: 'ended', outcome });
      log.close();
    };
    ended('aws', 'stopped');
    await follower.follow([inFolder()]);
    const changes: RunChange[] = [];
    heard.on('list', (change: RunChange) => changes.push(change));
    const broken = nextChange(({ problem }) => problem !== undefined);
    rmSync(inFolder('aws', 'events.jsonl'));
    mkdirSync(inFolder('aws', 'events.jsonl'));
    const { summary, problem } = await broken;
    assert.deepEqual([summary?.status, problem], ['stopped', 'events.jsonl is a folder, not a file.']);
    const other = nextChange(({ directory }) => directory === inFolder('lrr'));
    ended('lrr', 'failed');
    assert.equal((await other).summary?.status, 'failed');
    await assert.rejects(follower.snapshot(inFolder('aws')), /is a folder/); // a further reading that fails
    assert.equal(changes.filter((change) => change.problem !== undefined).length, 1);
    const readable = nextChange(({ directory }) => directory === inFolder('aws'));
    const reset = nextDelta((delta) => delta.reset);
    rmSync(inFolder('aws', 'events.jsonl'), { recursive: true });
    ended('aws', 'failed');
    assert.equal((await reset).directory, inFolder('aws'));
    assert.deepEqual([(await readable).summary?.status, (await readable).problem], ['failed', undefined]);
  });

  function appendEnd(directory: string, outcome: 'stopped' | 'failed' | 'done') {
    appendFileSync(`${directory}/events.jsonl`, `${JSON.stringify({ type: 'ended', time: 1, outcome })}\n`);
  }

  async function makeRun(place: string) {
    const name = place.split('/').at(-1)!;
    const options = checkOptions({ method: 'aws', model: 'mlp', dataset: 'sample' }, 'x.sign.json');
    await writeRecord(inFolder(...place.split('/')), recordOf(name, options));
  }

  function nextChange(wanted: (change: RunChange) => boolean): Promise<RunChange> {
    return next('list', wanted);
  }

  function nextDelta(wanted: (delta: RunDelta) => boolean): Promise<RunDelta> {
    return next('run', wanted);
  }

  function next<T>(event: 'list' | 'run', wanted: (told: T) => boolean): Promise<T> {
    return new Promise((resolve) => {
      const listen = (told: T) => {
        if (!wanted(told)) return;
        heard.off(event, listen);
        resolve(told);
      };
      heard.on(event, listen);
    });
  }
}).timeout(20_000);
