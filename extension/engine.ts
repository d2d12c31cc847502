import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  ErrorCodes,
  LanguageClient,
  ResponseError,
  State,
  TransportKind,
} from 'vscode-languageclient/node';
import type { CloseHandlerResult, ErrorHandler } from 'vscode-languageclient/node';
import type { ErrorDetails, Events, Params, RequestMethod, Result } from '../engine/protocol';
import { FileError, UserError } from './errors';

const MAX_RESTARTS = 3;
const RESTART_WINDOW_MS = 180_000;
const STOP_LIMIT_MS = 2_000;
/** With this option, Node ≥ 22.14 opens no debugger port on SIGUSR1. */
const NO_DEBUGGER = ['--disable-sigusr1'].filter((option) => process.allowedNodeEnvironmentFlags.has(option));

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
    try {
      // An undefined token is left out, because the client would send it as a second parameter.
      return await this.#running().sendRequest<Result<M>>(method, params, ...(token ? [token] : []));
    } catch (error) {
      throw this.#explain(error, method);
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
  #running(): LanguageClient {
    if (this.#stopped)
      throw new UserError('The engine was stopped with this window. Reload the window to start it again.');
    if (this.#client?.state === State.StartFailed) this.#client = undefined;
    return (this.#client ??= this.#connect());
  }

  #connect(): LanguageClient {
    const options = { execArgv: NO_DEBUGGER };
    const server = { module: this.serverModule, transport: TransportKind.ipc, options };
    const client = new LanguageClient('winningSign', 'Winning Sign', server, {
      outputChannel: this.log,
      errorHandler: restartQuietly(() => (this.#client = undefined)),
      initializationFailedHandler: () => false,
    });
    for (const [event, emitter] of Object.entries(this.#emitters))
      client.onNotification(event, (params: unknown) => {
        emitter.fire(params as never);
      });
    client.onDidChangeState(({ newState }) => {
      if (newState !== State.Running) return;
      if (this.#everRan) this.#restarted.fire();
      this.#everRan = true;
    });
    return client;
  }

  #explain(error: unknown, method: RequestMethod): unknown {
    if (!(error instanceof ResponseError)) return error;
    const { code } = error;
    if (code === ErrorCodes.PendingResponseRejected || code === ErrorCodes.ConnectionInactive)
      return new UserError(
        'The engine process ended before it could answer. Try again. If it happens again, see the log (Winning Sign: Show Log).',
      );
    const { data } = error as ResponseError<ErrorDetails | undefined>;
    if (code === ErrorCodes.InternalError || code === ErrorCodes.MethodNotFound) {
      this.log.error(`${method}: ${data?.stack ?? error.message}`);
      return error;
    }
    if (data?.problems) return new FileError(data.problems, { cause: error });
    return new UserError(error.message, { cause: error });
  }
}

/** The part of the engine's client that sends requests and listens to events. */
export type EngineClient = Pick<Engine, 'request' | 'on' | 'onDidRestart'>;

/** Restarts the process after a crash without a notification. Gives up after too many crashes in a short time. */
function restartQuietly(giveUp: () => void): ErrorHandler {
  let crashes: number[] = [];
  return {
    error: () => ({ action: ErrorAction.Continue }),
    closed: (): CloseHandlerResult => {
      const now = Date.now();
      crashes = [...crashes.filter((time) => now - time < RESTART_WINDOW_MS), now];
      if (crashes.length <= MAX_RESTARTS) return { action: CloseAction.Restart, handled: true };
      giveUp();
      const message = `The engine process ended ${crashes.length} times within three minutes. The next command starts it again. See the log for the reason (Winning Sign: Show Log).`;
      return { action: CloseAction.DoNotRestart, message };
    },
  };
}
