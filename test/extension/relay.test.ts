import assert from 'node:assert/strict';
import type { Picture } from '../../engine/protocol';
import type { EngineClient } from '../../extension/engine';
import { Relay, tileOf } from '../../extension/relay';
import type { Runs } from '../../extension/runs';

const asked: unknown[] = [];
const engine: Pick<EngineClient, 'request'> = {
  request: (method, params) => {
    asked.push([method, params]);
    return method === 'checkpoint/open'
      ? Promise.reject(new Error('x.safetensors: cut short.'))
      : Promise.resolve({ method } as never); // the relay passes on whatever comes
  },
};
const runs: Pick<Runs, 'ready' | 'all'> = { ready: () => Promise.resolve(), all: () => [] };
const relay = new Relay(engine, runs);

describe('The relay', () => {
  it('passes a request on and answers with the id of the request', async () => {
    const answer = await relay.answer({ type: 'request', id: 4, method: 'run/snapshot', params: { directory: '/a' } });
    assert.deepEqual(answer, { type: 'response', id: 4, result: { method: 'run/snapshot' } });
    assert.deepEqual(asked.at(-1), ['run/snapshot', { directory: '/a' }]);
  });

  it('requests a run after the engine follows the runs, or after that failed', async () => {
    const order: string[] = [];
    const first: Pick<EngineClient, 'request'> = {
      request: () => Promise.resolve(order.push('asked') as never),
    };
    const ready = async () => {
      await Promise.resolve();
      order.push('followed');
      throw new Error('The engine ended.');
    };
    const question = { type: 'request', id: 1, method: 'run/snapshot', params: { directory: '/a' } } as const;
    const answer = await new Relay(first, { ready, all: () => [] }).answer(question);
    assert.ok('result' in answer);
    assert.deepEqual(order, ['followed', 'asked']);
  });

  it('passes only requests that read', async () => {
    const before = asked.length;
    for (const method of ['run/start', 'run/stop', 'run/resume', 'runs/follow', 'toString', '__proto__']) {
      const answer = await relay.answer({ type: 'request', id: 1, method: method as 'runs', params: {} });
      assert.ok('error' in answer, method);
    }
    assert.equal(asked.length, before);
  });

  it('turns an error into a response', async () => {
    const answer = await relay.answer({ type: 'request', id: 5, method: 'checkpoint/open', params: { file: 'x' } });
    assert.deepEqual(answer, { type: 'response', id: 5, error: 'x.safetensors: cut short.' });
  });

  it('sends the bytes of a picture to the panel, not base64', () => {
    const picture: Picture = {
      region: { x: 0, y: 0, width: 3, height: 1 },
      width: 3,
      height: 1,
      planes: [],
      bytes: 'AP+A',
    };
    assert.deepEqual([...new Uint8Array(tileOf(picture).bytes)], [0, 255, 128]);
  });
});
