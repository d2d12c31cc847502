import assert from 'node:assert/strict';
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Params, RequestMethod } from '../../engine/protocol';
import { fixture, temporaryFolder } from '../fixtures';
import { startServer, type ServerProcess } from './serverProcess';

/** Reading the large file takes minutes. Even a busy machine ends a process within this time. */
const PROMPT_MS = 20_000;
const ROWS = 262_144;
const COLUMNS = 131_072;

describe('a server with requests under way', function () {
  this.timeout(60_000);
  const inFolder = temporaryFolder();

  it('ends when its channel closes', async () => {
    await endsPromptly((server) => server.close());
  });

  it('ends on shutdown and exit', async () => {
    await endsPromptly((server) => server.shutDown());
  });

  it('leaves no request unsettled if it is killed, and can be closed afterwards', async () => {
    await endsPromptly((server) => {
      process.kill(server.pid, 'SIGKILL');
      return Promise.resolve();
    });
  });

  /** Starts a server, requests what takes long, ends the server, and checks that the process ends and that all requests settle. */
  async function endsPromptly(end: (server: ServerProcess) => Promise<void>): Promise<void> {
    const server = await startServer();
    const file = writeLargeFile(inFolder('large.safetensors'));
    const region = { x: 0, y: 0, width: COLUMNS, height: ROWS };
    const requests = [
      ask(server, 'checkpoint/picture', { file, layer: 'fc', region, maxSize: 512 }),
      ask(server, 'checkpoint/statistics', { file }),
      ask(server, 'checkpoint/compare', { a: file, b: file }),
      ask(server, 'checkpoint/report', { files: [file], out: inFolder('report.html') }),
      ask(server, 'engine/doctor', {}),
    ];
    // The library hangs while it lists this file, until its thread is ended.
    const hdf5 = ask(server, 'checkpoint/open', { file: fixture('hostile/h5/btree_sibling_loop.h5') });
    await delay(500);
    const started = performance.now();
    await end(server);
    const settled = await Promise.all(requests);
    await hdf5;
    await server.close();
    const took = performance.now() - started;
    assert.ok(took < PROMPT_MS, `took ${Math.round(took)} ms`);
    assert.deepEqual(settled.slice(0, 4), Array(4).fill('rejected'), 'the requests were still under way');
    assert.throws(() => process.kill(server.pid, 0), { code: 'ESRCH' });
  }
});

/** Sends a request. Returns how it settled. */
async function ask<M extends RequestMethod>(server: ServerProcess, method: M, params: Params<M>): Promise<string> {
  const [{ status }] = await Promise.allSettled([server.request(method, params)]);
  return status;
}

/** Writes a sparse file with a layer `fc` of 128 GiB of zeros. */
function writeLargeFile(file: string): string {
  const bytes = ROWS * COLUMNS * 4;
  const header = JSON.stringify({ 'fc.weight': { dtype: 'F32', shape: [ROWS, COLUMNS], data_offsets: [0, bytes] } });
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const descriptor = openSync(file, 'w');
  writeSync(descriptor, length);
  writeSync(descriptor, header);
  ftruncateSync(descriptor, 8 + header.length + bytes);
  closeSync(descriptor);
  return file;
}
