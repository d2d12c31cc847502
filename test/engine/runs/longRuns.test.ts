/** Tests a run of weeks with a million progress events, among 999 ordinary runs. The limits are five times those of the bench. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { listRuns } from '../../../engine/runs/catalogue';
import { readRun } from '../../../engine/runs/list';
import type { RunSnapshot } from '../../../engine/protocol';
import { CLI } from '../process';
import { startServer } from '../serverProcess';
import { appendEvent, lossAt, makeLongRun, progressAt } from './longRun';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const MILLION = 1_000_000;

describe('a run of weeks', function () {
  this.timeout(120_000);
  let folder: string;
  const long = () => path.join(folder, 'long');

  before(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-'));
    makeLongRun(long(), MILLION);
    for (let other = 0; other < 999; other++) makeLongRun(path.join(folder, `run-${other}`), 100);
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it('is listed with 999 ordinary runs in seconds, also in the terminal', async () => {
    await listRuns(folder);
    const { ms, result } = await timed(() => listRuns(folder));
    assert.deepEqual([result.runs.length, result.problems], [1_000, []]);
    assert.ok(ms < 10_000, `${ms} ms`);
    const { stdout } = await promisify(execFile)(process.execPath, [CLI, 'runs', folder], { maxBuffer: 2 ** 24 });
    assert.match(stdout, /^long {2}/m);
  });

  it('is drawn in a second by a server that needs little memory', async () => {
    const server = await startServer();
    try {
      const { runs } = await server.request('runs/follow', { folders: [folder] });
      assert.equal(runs.length, 1_000);
      const { ms, result } = await timed(() => server.request('run/snapshot', { directory: long() }));
      assert.ok(ms < 5_000, `${ms} ms`);
      checkDrawn(result);
      if (process.platform === 'linux') assert.ok(server.peakMemory() < 300e6, `${server.peakMemory() / 1e6} MB`);
    } finally {
      await server.close();
    }
  });
});

describe('the digest of a long log', function () {
  this.timeout(30_000);
  let folder: string;
  const run = () => path.join(folder, 'run');
  const [log, digest] = ['events.jsonl', 'events.digest.json'].map((name) => () => path.join(run(), name)) as [
    () => string,
    () => string,
  ];

  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-'));
    makeLongRun(run(), 20_000);
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('gives the same content as the log', async () => {
    const first = await readRun(run());
    assert.ok(existsSync(digest()));
    assert.deepEqual(await readRun(run()), first);
  });

  it('is not made for an ordinary log', async () => {
    makeLongRun(path.join(folder, 'ordinary'), 500);
    await readRun(path.join(folder, 'ordinary'));
    assert.ok(!existsSync(path.join(folder, 'ordinary', 'events.digest.json')));
  });

  it('is continued with the later events of the log', async () => {
    await readRun(run());
    appendEvent(run(), progressAt(20_000));
    appendEvent(run(), { type: 'ended', time: 1, outcome: 'stopped' });
    const read = await readRun(run());
    rmSync(digest());
    assert.deepEqual(await readRun(run()), read);
    assert.deepEqual([read.snapshot.status, read.snapshot.progress?.epoch], ['stopped', 200]);
  });

  it('is read up to the point that was reported to a list', async () => {
    const { position } = await readRun(run());
    appendEvent(run(), { type: 'ended', time: 1, outcome: 'done' });
    assert.deepEqual((await readRun(run(), { to: position.end })).position, position);
    assert.deepEqual((await readRun(run(), { to: 100_000 })).snapshot.epochs.length < 10, true);
  });

  const untrue: Record<string, () => void> = {
    'the end of the log was changed': () => {
      const text = readFileSync(log(), 'utf8');
      writeFileSync(log(), text.slice(0, -3) + '7}\n');
    },
    'the log was cut': () => {
      truncateSync(log(), statSync(log()).size - 1000);
    },
    'it was cut off': () => {
      truncateSync(digest(), 1000);
    },
    'it says something else': () => {
      writeFileSync(digest(), '{"version":2}');
    },
  };
  for (const [what, change] of Object.entries(untrue))
    it(`is not used if ${what}`, async () => {
      await readRun(run());
      change();
      const read = await readRun(run());
      rmSync(digest());
      assert.deepEqual(await readRun(run()), read);
    });

  it('is not needed if it cannot be written', async () => {
    mkdirSync(digest());
    assert.equal((await readRun(run())).snapshot.epochs.length, 200);
  });

  it('is not written into the directory of another person', async function () {
    if (process.getuid?.() !== 0) return this.skip();
    const { chownSync } = await import('node:fs');
    chownSync(run(), 1234, 1234);
    await readRun(run());
    assert.ok(!existsSync(digest()));
  });
});

async function timed<T>(work: () => Promise<T>): Promise<{ ms: number; result: T }> {
  const began = performance.now();
  const result = await work();
  return { ms: performance.now() - began, result };
}

/** Asserts that there are few points, and that the peaks and the newest point are among them. */
function checkDrawn({ losses, epochs, progress }: RunSnapshot): void {
  assert.ok(losses.length <= 2_001);
  assert.equal(losses.filter(({ loss }) => loss === 9.5).length, 10);
  assert.equal(losses.at(-1)!.loss, lossAt(MILLION - 1));
  assert.deepEqual([epochs.length, progress?.epoch], [10_000, 9_999]);
}
