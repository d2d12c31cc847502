/** Tests the engine process of the extension with real servers. A module around each server records its process. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { Engine } from '../../../extension/engine';
import { UserError } from '../../../extension/errors';
import { until } from '../workspace';

const SERVER = path.resolve(__dirname, '../../../../dist/engine/server.js');

describe('The engine', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-engine-'));
  const pids = path.join(folder, 'pids');
  const crash = path.join(folder, 'crash');
  const serverModule = path.join(folder, 'server.js');
  /** The log is not disposed, because the client writes to it shortly after a process has ended. */
  const log = vscode.window.createOutputChannel('Engine under test', { log: true });
  const engines: Engine[] = [];

  before(() => {
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      serverModule,
      `const fs = require('node:fs');
       fs.appendFileSync(${JSON.stringify(pids)}, process.pid + '\\n');
       if (fs.existsSync(${JSON.stringify(crash)})) process.exit(1);
       require(${JSON.stringify(SERVER)});`,
    );
  });

  beforeEach(() => {
    rmSync(pids, { force: true });
    rmSync(crash, { force: true });
  });

  afterEach(async () => {
    await Promise.all(engines.splice(0).map((engine) => engine.stop().catch(() => undefined)));
  });

  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function makeEngine(): Engine {
    const engine = new Engine(serverModule, log);
    engines.push(engine);
    return engine;
  }

  /** Returns the processes that were started, in order. */
  function started(): number[] {
    return existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [];
  }

  const open = (engine: Engine) => engine.request('checkpoint/open', { file: path.join(folder, 'none.safetensors') });
  const answers = (engine: Engine) =>
    open(engine).catch((error: unknown) => error instanceof Error && error.message.includes('none.safetensors'));
  const isGone = (pid: number | undefined) => pid !== undefined && !isAlive(pid);

  it('starts with the first request, answers, and ends when it is stopped', async () => {
    const engine = makeEngine();
    assert.deepEqual(started(), []);
    assert.deepEqual(await engine.request('runs/follow', { folders: [folder] }), { runs: [], problems: [] });
    assert.equal(started().length, 1);
    await engine.stop();
    await until(() => isGone(started()[0]), { what: 'the end of the process' });
    await assert.rejects(open(engine), /was stopped with this window/);
    assert.equal(started().length, 1);
  });

  it('ends if it is stopped while it is starting', async () => {
    const engine = makeEngine();
    const answer = open(engine).catch((error: unknown) => error);
    while (started().length === 0) await delay(1);
    await engine.stop();
    assert.ok((await answer) instanceof Error, 'the request has settled');
    await until(() => isGone(started()[0]), { what: 'the end of the process' });
    assert.equal(started().length, 1);
  });

  it('starts no process if it is stopped right after a request', async () => {
    const engine = makeEngine();
    const answer = open(engine).catch((error: unknown) => error);
    await engine.stop();
    const error = await answer;
    assert.ok(error instanceof UserError && error.message.includes('was stopped with this window'), String(error));
    assert.deepEqual(started(), []);
  });

  it('returns errors that the user can correct as UserError, and logs the others', async () => {
    const engine = makeEngine();
    await assert.rejects(
      open(engine),
      (error) => error instanceof UserError && error.message.includes('none.safetensors'),
    );
    const unknown = engine.request('run/unknown' as 'engine/doctor', {});
    await assert.rejects(unknown, (error) => error instanceof Error && !(error instanceof UserError));
  });

  it('restarts after a crash, reports the restart, and settles earlier requests', async () => {
    const engine = makeEngine();
    await engine.request('runs/follow', { folders: [folder] });
    let restarts = 0;
    engine.onDidRestart(() => restarts++);
    const [first] = started();
    process.kill(first!, 'SIGSTOP'); // so that the request is under way when the process ends
    const answer = open(engine);
    process.kill(first!, 'SIGKILL');
    await assert.rejects(
      answer,
      (error) => error instanceof UserError && error.message.includes('before it could answer'),
    );
    await until(() => restarts === 1, { what: 'the restart' });
    await assert.rejects(open(engine), /none\.safetensors/);
    assert.equal(started().length, 2);
  });

  it('gives up after repeated crashes, and starts again with the next request', async () => {
    const engine = makeEngine();
    let restarts = 0;
    engine.onDidRestart(() => restarts++);
    await engine.request('runs/follow', { folders: [folder] });
    writeFileSync(crash, '');
    process.kill(started()[0]!, 'SIGKILL');
    await until(() => started().length === 4 && started().every((pid) => isGone(pid)), { what: 'four crashes' });
    rmSync(crash);
    while (!(await answers(engine))) await delay(100);
    assert.equal(started().length, 5);
    assert.equal(restarts, 1);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
