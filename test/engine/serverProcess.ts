/** Runs the server as a process, over real JSON-RPC. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-languageserver/node';
import type { Events, Params, RequestMethod, Result } from '../../engine/protocol';

export interface ServerProcess {
  pid: number;
  /** Sends a request. Rejects if the server ends before it answers. */
  request<M extends RequestMethod>(method: M, params: Params<M>): Promise<Result<M>>;
  /** Calls the listener for each event of this kind. */
  on<E extends keyof Events>(event: E, listener: (params: Events[E]) => void): void;
  /** Returns the peak memory of the server in bytes. Linux only. */
  peakMemory(): number;
  /** Sends `shutdown` and `exit`, as an editor does, and waits until the server has ended. */
  shutDown(): Promise<void>;
  /** Closes the channel, and waits until the server has ended. Requests under way are rejected. */
  close(): Promise<void>;
  /** Whether the server has ended, for whatever reason. */
  hasEnded(): boolean;
}

export async function startServer(): Promise<ServerProcess> {
  const child = fork(path.resolve('dist/engine/server.js'), ['--node-ipc'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.onClose(() => {
    connection.dispose(); // rejects the requests under way
  });
  connection.listen();
  const ended = once(child, 'exit');
  await connection.sendRequest('initialize', { processId: process.pid, rootUri: null, capabilities: {} });
  return {
    pid: child.pid!,
    request: (method, params) => connection.sendRequest(method, params),
    on: (event, listener) => {
      connection.onNotification(event, listener);
    },
    peakMemory: () => {
      const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))!;
      return 1024 * Number(kilobytes);
    },
    shutDown: async () => {
      await connection.sendRequest('shutdown');
      await connection.sendNotification('exit');
      await ended;
    },
    close: async () => {
      connection.dispose();
      if (child.connected) child.disconnect();
      await ended;
    },
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
  };
}

/** Starts a server, calls `use` with it, and closes it. */
export async function withServer<T>(use: (server: ServerProcess) => Promise<T>): Promise<T> {
  const server = await startServer();
  try {
    return await use(server);
  } finally {
    await server.close();
  }
}
