/** Starts a code-server on a free port of this machine, and ends it with everything that it started. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, createWriteStream } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { HostFiles } from './install';

const START_LIMIT_MS = 60_000;
const END_LIMIT_MS = 5_000;

const QUIET = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'git.enabled': false,
  'telemetry.telemetryLevel': 'off',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

export interface ServerOptions {
  host: HostFiles;
  /** Whether to use `extensionDevelopmentPath` and `extensionTestsPath` from the address of the page. This hides toasts of notifications. */
  driver: boolean;
  /** A packaged extension to install first. */
  vsix?: string;
  settings?: Record<string, unknown>;
  env?: NodeJS.ProcessEnv;
  port?: number;
}

export interface Server {
  authority: string;
  /** Ends the process group and removes its data. */
  end(): Promise<void>;
}

/** Starts a server with its own data folder and waits until it answers. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-host-'));
  const user = path.join(folder, 'data/User');
  mkdirSync(user, { recursive: true });
  writeFileSync(path.join(user, 'settings.json'), JSON.stringify({ ...QUIET, ...options.settings }));
  const port = options.port ?? (await freePort());
  try {
    if (options.vsix) await finished(run(options, folder, ['--install-extension', options.vsix]));
    const server = run(options, folder, [...SERVE, '--bind-addr', `127.0.0.1:${port}`, ...driverOf(options)]);
    const end = async () => {
      await endGroup(server);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    };
    await answering(port, server).catch(async (error: unknown) => {
      await end();
      throw error;
    });
    return { authority: `localhost:${port}`, end };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

const SERVE = ['--auth', 'none', '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust'];

function driverOf({ driver }: ServerOptions): string[] {
  return ['--disable-getting-started-override', ...(driver ? ['--vscode-option', 'enable-smoke-test-driver'] : [])];
}

function run({ host, env }: ServerOptions, folder: string, args: string[]): ChildProcess {
  const places = ['--user-data-dir', 'data', '--extensions-dir', 'extensions', '--config', 'config.yaml'];
  const absolute = places.map((place) => (place.startsWith('--') ? place : path.join(folder, place)));
  const started = spawn(host.node, [path.join(host.codeServer, 'out/node/entry.js'), ...absolute, ...args], {
    detached: true, // a process group of its own, to be ended as one
    // Tests must not use the private backends of the user.
    env: { ...process.env, WINNING_SIGN_HOME: path.join(folder, 'home'), ...env, EXTENSIONS_GALLERY: '{}' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = createWriteStream(process.env['WINNING_SIGN_HOST_LOG'] ?? os.devNull, { flags: 'a' });
  started.stdout.pipe(log);
  started.stderr.pipe(log);
  return started;
}

function finished(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`code-server ended with code ${code}; WINNING_SIGN_HOST_LOG=FILE keeps what it said.`));
    });
  });
}

async function answering(port: number, server: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_LIMIT_MS;
  while (!(await answers(port))) {
    if (server.exitCode !== null) throw new Error(`code-server ended with code ${server.exitCode} before it answered.`);
    if (Date.now() > deadline) throw new Error(`code-server did not answer within ${START_LIMIT_MS / 1000} s.`);
    await pause(100);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path: '/healthz' }, (response) => {
        response.resume();
        resolve((response.statusCode ?? 500) < 500);
      })
      .on('error', () => {
        resolve(false);
      });
  });
}

/** Asks a process group to end, and kills it after a while. */
async function endGroup(leader: ChildProcess): Promise<void> {
  if (leader.pid === undefined) return;
  const gone = new Promise((resolve) => leader.once('exit', resolve));
  signal(leader.pid, 'SIGTERM');
  if (leader.exitCode === null) await Promise.race([gone, pause(END_LIMIT_MS)]);
  signal(leader.pid, 'SIGKILL');
}

function signal(group: number, name: NodeJS.Signals): void {
  try {
    process.kill(-group, name);
  } catch {
    // the group has ended already
  }
}

/** Returns a free port of this machine. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer().on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as net.AddressInfo;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
