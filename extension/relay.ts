import type { Picture } from '../engine/protocol';
import type { PanelRequests, Tile, ToHost, ToPanel } from '../webview/protocol';
import type { EngineClient } from './engine';
import { sentenceOf } from './errors';
import type { Runs } from './runs';

type Answers = { [M in keyof PanelRequests]: (params: PanelRequests[M][0]) => Promise<PanelRequests[M][1]> };
type PanelRequest = Extract<ToHost, { type: 'request' }>;

/** Passes requests of panels to the engine. Only the methods in its table are allowed. All of them only read. */
export class Relay {
  readonly #answers: Answers;

  constructor(engine: Pick<EngineClient, 'request'>, runs: Pick<Runs, 'ready' | 'all'>) {
    this.#answers = {
      'run/snapshot': async (params) => {
        // The engine must follow the runs first, because it sends changes of followed runs only.
        await runs.ready().catch(() => undefined); // other runs may have errors; this run can still be shown
        return engine.request('run/snapshot', params);
      },
      'checkpoint/open': (params) => engine.request('checkpoint/open', params),
      'checkpoint/statistics': (params) => engine.request('checkpoint/statistics', params),
      'checkpoint/picture': async (params) => tileOf(await engine.request('checkpoint/picture', params)),
      'checkpoint/marginals': (params) => engine.request('checkpoint/marginals', params),
      'checkpoint/compare': (params) => engine.request('checkpoint/compare', params),
      'checkpoint/matrix': (params) => engine.request('checkpoint/matrix', params),
      'checkpoint/series': (params) => engine.request('checkpoint/series', params),
      'study/snapshot': (params) => engine.request('study/snapshot', params),
      runs: async () => {
        await runs.ready();
        return runs.all();
      },
    };
  }

  /** Answers a request of a panel. Never rejects: an error becomes a response with `error`. */
  async answer({ id, method, params }: PanelRequest): Promise<ToPanel> {
    try {
      if (!Object.hasOwn(this.#answers, method)) throw new Error(`Panels cannot send the request "${method}".`);
      const answer = this.#answers[method] as (params: unknown) => Promise<unknown>;
      return { type: 'response', id, result: await answer(params) };
    } catch (error) {
      return { type: 'response', id, error: sentenceOf(error) };
    }
  }
}

/** Decodes the base64 of a picture. The engine sends JSON, which cannot contain bytes. Messages to a panel can. */
export function tileOf(picture: Picture): Tile {
  return { ...picture, bytes: new Uint8Array(Buffer.from(picture.bytes, 'base64')).buffer };
}
