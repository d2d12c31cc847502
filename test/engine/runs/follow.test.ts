import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import type { RunDelta, RunSummary } from '../../../engine/protocol';
import { EventLog } from '../../../engine/runs/events';
import { RunFollower } from '../../../engine/runs/follow';
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
  });

  it('finds runs, follows their events, and notices a process that died', async () => {
    await makeRun('aws');
    const [summary] = await follower.follow([inFolder()]);
    assert.deepEqual([summary!.name, summary!.status, summary!.model], ['aws', 'waiting', 'mlp']);

    const release = acquireLock(inFolder('aws'));
    const log = new EventLog(inFolder('aws', 'events.jsonl'), 0);
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
    release(); // what a killed process leaves: no lock that lives, and no last word
    await died;
    const snapshot = await follower.snapshot(inFolder('aws'));
    assert.deepEqual([snapshot!.status, snapshot!.losses], ['interrupted', [POINT]]);
    log.close();
  });

  it('asks for a new snapshot when a resume cut the log', async () => {
    await makeRun('aws');
    const first = new EventLog(inFolder('aws', 'events.jsonl'), 0);
    first.append({ type: 'progress', ...POINT });
    first.append({ type: 'ended', outcome: 'stopped' });
    first.close();
    await follower.follow([inFolder()]);
    const reset = nextDelta((delta) => delta.reset);
    const second = new EventLog(inFolder('aws', 'events.jsonl'), 0);
    second.append({ type: 'progress', ...POINT, step: 1 });
    await reset;
    assert.deepEqual(
      (await follower.snapshot(inFolder('aws')))!.losses.map(({ step }) => step),
      [1],
    );
    second.close();
  });

  it('says when a run appears in a folder that did not exist, and when it is gone', async () => {
    assert.deepEqual(await follower.follow([inFolder('later')]), []);
    const appeared = once(heard, 'list');
    mkdirSync(inFolder('later'));
    await makeRun('later/lrr');
    const [change] = (await appeared) as [{ directory: string; summary?: RunSummary }];
    assert.equal(change.summary?.name, 'lrr');
    const gone = once(heard, 'list');
    rmSync(inFolder('later', 'lrr'), { recursive: true });
    assert.deepEqual(await gone, [{ directory: inFolder('later', 'lrr') }]);
  });

  async function makeRun(place: string) {
    const name = place.split('/').at(-1)!;
    const options = checkOptions({ method: 'aws', model: 'mlp', dataset: 'sample' }, 'x.sign.json');
    await writeRecord(inFolder(...place.split('/')), recordOf(name, options));
  }

  function nextDelta(wanted: (delta: RunDelta) => boolean): Promise<RunDelta> {
    return new Promise((resolve) => {
      const listen = (delta: RunDelta) => {
        if (!wanted(delta)) return;
        heard.off('run', listen);
        resolve(delta);
      };
      heard.on('run', listen);
    });
  }
}).timeout(20_000);
