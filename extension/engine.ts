import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import type { LanguageClient } from 'vscode-languageclient/node';
import type { Events, Params, RequestMethod, Result } from '../engine/protocol';
import { UserError } from './errors';

const STOP_LIMIT_MS = 2_000;

/** Returns an emitter for each event of the engine. */
export function engineEmitters(): { [E in keyof Events]: vscode.EventEmitter<Events[E]> } {
  return {
    'runs/changed': new vscode.EventEmitter(),
    'run/changed': new vscode.EventEmitter(),
    'studies/changed': new vscode.EventEmitter(),
    'study/changed': new vscode.EventEmitter(),
    'backend/progress': new vscode.EventEmitter(),
    'dataset/progress': new vscode.EventEmitter(),
  };
}

/** The client of the engine's server process. The process starts with the first request, restarts after a crash, and ends with the window. */
export class Engine {
  readonly #emitters = engineEmitters();
  readonly #restarted = new vscode.EventEmitter<void>();
  /** Fires when the process has restarted. The new process follows no runs. */
  readonly onDidRestart = this.#restarted.event;
  #client: LanguageClient | undefined;
  #everRan = false;
  #stopped = false;

  constructor(
    private readonly serverModule: string,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** Sends a request. Settles even if the process ends meanwhile. Throws UserError for errors that the user can correct. */
  async request<M extends RequestMethod>(
    method: M,
    params: Params<M>,
    token?: vscode.CancellationToken,
  ): Promise<Result<M>> {
    const client = await this.#running();
    try {
      // An undefined token is left out, because the client would send it as a second parameter.
      return await client.sendRequest<Result<M>>(method, params, ...(token ? [token] : []));
    } catch (error) {
      const { explain } = await import('./languageClient.js');
      throw explain(error, method, this.log);
    }
  }

  on<E extends keyof Events>(event: E, listener: (params: Events[E]) => void): vscode.Disposable {
    return this.#emitters[event].event(listener);
  }

  /** Ends the process and prevents a new start. Waits at most two seconds. A process that is still starting ends as soon as it has started. */
  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    this.#stopped = true;
    if (client?.needsStop()) {
      const started = client.start().catch(() => undefined); // a client cannot be stopped before it has started
      const ended = started.then(() => (client.needsStop() ? client.stop(STOP_LIMIT_MS) : undefined));
      await Promise.race([ended, delay(STOP_LIMIT_MS)]);
    }
    Object.values(this.#emitters).forEach((emitter) => {
      emitter.dispose();
    });
    this.#restarted.dispose();
  }

  /** Returns the client, or a new client if the previous one failed to start. The first request starts the process. */
  async #running(): Promise<LanguageClient> {
    const { connect, hasFailedToStart } = await import('./languageClient.js');
    if (this.#stopped)
      throw new UserError('The engine was stopped with this window. Reload the window to start it again.');
    if (this.#client && hasFailedToStart(this.#client)) this.#client = undefined;
    return (this.#client ??= connect(this.serverModule, {
      log: this.log,
      events: Object.keys(this.#emitters),
      onEvent: (event, params) => {
        this.#emitters[event as keyof Events].fire(params as never);
      },
      onRunning: () => {
        if (this.#everRan) this.#restarted.fire();
        this.#everRan = true;
      },
      onGivenUp: () => (this.#client = undefined),
    }));
  }
}

/** The part of the engine's client that sends requests and listens to events. */
export type EngineClient = Pick<Engine, 'request' | 'on' | 'onDidRestart'>;
