import type { Picture } from '../engine/protocol';
import type { PanelRequests, Tile, ToHost, ToPanel } from '../webview/protocol';
import type { EngineClient } from './engine';
import { sentenceOf } from './errors';
import type { Runs } from './runs';

type Answers = { [M in keyof PanelRequests]: (params: PanelRequests[M][0]) => Promise<PanelRequests[M][1]> };
type Asked = Extract<ToHost, { type: 'request' }>;

/** Passes requests of panels to the server. The table is the allow-list: a panel can only read, and only commands act. */
export class Relay {
  readonly #answers: Answers;

  constructor(engine: Pick<EngineClient, 'request'>, runs: Pick<Runs, 'ready' | 'colored'>) {
    this.#answers = {
      'run/snapshot': async (params) => {
        // Not before the engine follows the runs: of others it sends no changes.
        await runs.ready().catch(() => undefined); // what is wrong with the others is not this run's problem
        return engine.request('run/snapshot', params);
      },
      'checkpoint/open': (params) => engine.request('checkpoint/open', params),
      'checkpoint/statistics': (params) => engine.request('checkpoint/statistics', params),
      'checkpoint/picture': async (params) => tileOf(await engine.request('checkpoint/picture', params)),
      'checkpoint/marginals': (params) => engine.request('checkpoint/marginals', params),
      'checkpoint/compare': (params) => engine.request('checkpoint/compare', params),
      runs: async () => {
        await runs.ready();
        return runs.colored();
      },
    };
  }

  /** Answers a request. Never rejects: an error is an answer, too. */
  async answer({ id, method, params }: Asked): Promise<ToPanel> {
    try {
      if (!Object.hasOwn(this.#answers, method)) throw new Error(`A panel may not ask for ${method}.`);
      const answer = this.#answers[method] as (params: unknown) => Promise<unknown>;
      return { type: 'response', id, result: await answer(params) };
    } catch (error) {
      return { type: 'response', id, error: sentenceOf(error) };
    }
  }
}

/** Returns a picture with its bytes as bytes. They come here as base64 in JSON, and go to the panel as a copy of memory. */
export function tileOf(picture: Picture): Tile {
  return { ...picture, bytes: new Uint8Array(Buffer.from(picture.bytes, 'base64')).buffer };
}
