import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, readFileSync } from 'node:fs';
import { UNGUARDED } from '../../../engine/files';
import { EventLog } from '../../../engine/runs/events';
import { readEvents } from '../../../engine/runs/readEvents';
import { temporaryFolder } from '../../fixtures';

describe('events.jsonl', () => {
  const inFolder = temporaryFolder();
  const file = () => inFolder('events.jsonl');

  it('is read in parts, and only complete lines are read', async () => {
    const log = new EventLog(file(), 0, { guard: UNGUARDED });
    log.append({ type: 'ended', outcome: 'stopped' });
    const first = await readEvents(file());
    assert.deepEqual(
      first.events.map(({ type }) => type),
      ['ended'],
    );
    appendFileSync(file(), '{"type":"ended","outc');
    const second = await readEvents(file(), first);
    assert.deepEqual([second.events, second.end], [[], first.end]);
    appendFileSync(file(), 'ome":"done","time":1}\n');
    const third = await readEvents(file(), second);
    assert.deepEqual(third.events, [{ type: 'ended', outcome: 'done', time: 1 }]);
    log.close();
  });

  it('is cut back to the saved state, and a reader that has read more is told to start again', async () => {
    const log = new EventLog(file(), 0, { guard: UNGUARDED });
    log.append({ type: 'ended', outcome: 'stopped' });
    const keep = log.size;
    const known = readFileSync(file());
    log.append({ type: 'ended', outcome: 'failed', message: 'cut away' });
    log.close();
    const before = await readEvents(file());

    const heard: string[] = [];
    const resumed = new EventLog(file(), keep, { guard: UNGUARDED, onEvent: ({ type }) => heard.push(type) });
    // The log is longer than before, so only the new file shows that it was cut.
    resumed.append({ type: 'ended', outcome: 'failed', message: 'another and much longer message than before' });
    resumed.close();
    assert.deepEqual(readFileSync(file()).subarray(0, keep), known);
    assert.deepEqual(heard, ['ended']);
    assert.equal((await readEvents(file(), before)).cut, true);
    assert.equal((await readEvents(file())).events.length, 2);
  });

  it('stays complete and continues if it could not be cut', async () => {
    const log = new EventLog(file(), 0, { guard: UNGUARDED });
    log.append({ type: 'ended', outcome: 'stopped' });
    mkdirSync(`${file()}.tmp`);
    assert.throws(() => {
      log.cut(0);
    }, /EISDIR/);
    log.append({ type: 'ended', outcome: 'failed' });
    log.sync();
    log.close();
    assert.equal((await readEvents(file())).events.length, 2);
  });

  it('is written and cut only by a process that holds the lock', () => {
    const log = new EventLog(file(), 0, { guard: UNGUARDED });
    log.append({ type: 'ended', outcome: 'stopped' });
    log.close();
    const before = readFileSync(file());
    const lost = () => {
      throw new Error('lost');
    };
    const late = new EventLog(file(), before.length, { guard: { check: lost } });
    assert.throws(() => {
      late.append({ type: 'ended', outcome: 'failed' });
    }, /lost/);
    assert.throws(() => {
      late.cut(0);
    }, /lost/);
    late.close();
    assert.deepEqual(readFileSync(file()), before);
  });

  it('is read without lines that are not JSON, and counts as empty if it is missing', async () => {
    assert.deepEqual((await readEvents(file())).events, []);
    appendFileSync(file(), 'garbage\n{"type":"ended","outcome":"done","time":1}\n');
    assert.equal((await readEvents(file())).events.length, 1);
  });
});
