/**
 * Connects to the engine's process with the language client of VS Code. `Engine` loads this file with its first request, because the language
 * client is half of the extension's code, and the activation does not need it.
 */
import type * as vscode from 'vscode';
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
import type { ErrorDetails, RequestMethod } from '../engine/protocol';
import { FileError, UserError } from './errors';

const MAX_RESTARTS = 3;
const RESTART_WINDOW_MS = 180_000;
/** With this option, Node ≥ 22.14 opens no debugger port on SIGUSR1. */
const NO_DEBUGGER = ['--disable-sigusr1'].filter((option) => process.allowedNodeEnvironmentFlags.has(option));

export interface Connection {
  log: vscode.LogOutputChannel;
  events: readonly string[];
  onEvent: (event: string, params: unknown) => void;
  /** Called whenever the process has started. */
  onRunning: () => void;
  /** Called when the process has crashed too often and is not started again. */
  onGivenUp: () => void;
}

/** Returns a client of the server. Its process starts with the first request. */
export function connect(
  serverModule: string,
  { log, events, onEvent, onRunning, onGivenUp }: Connection,
): LanguageClient {
  const options = { execArgv: NO_DEBUGGER };
  const server = { module: serverModule, transport: TransportKind.ipc, options };
  const client = new LanguageClient('winningSign', 'Winning Sign', server, {
    outputChannel: log,
    errorHandler: restartQuietly(onGivenUp),
    initializationFailedHandler: () => false,
  });
  for (const event of events)
    client.onNotification(event, (params: unknown) => {
      onEvent(event, params);
    });
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Running) onRunning();
  });
  return client;
}

export function hasFailedToStart(client: LanguageClient): boolean {
  return client.state === State.StartFailed;
}

/** Returns the error of a request for users: a UserError for errors that they can correct. Logs the stack of a bug. */
export function explain(error: unknown, method: RequestMethod, log: vscode.LogOutputChannel): unknown {
  if (!(error instanceof ResponseError)) return error;
  const { code } = error;
  if (code === ErrorCodes.PendingResponseRejected || code === ErrorCodes.ConnectionInactive)
    return new UserError(
      'The engine process ended before it could answer. Try again. If it happens again, see the log (Winning Sign: Show Log).',
    );
  const { data } = error as ResponseError<ErrorDetails | undefined>;
  if (code === ErrorCodes.InternalError || code === ErrorCodes.MethodNotFound) {
    log.error(`${method}: ${data?.stack ?? error.message}`);
    return error;
  }
  if (data?.problems) return new FileError(data.problems, { cause: error });
  return new UserError(error.message, { cause: error });
}

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
