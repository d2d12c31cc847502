/** `npm start [FOLDER]`: opens the runs of `npm run demo` in VS Code with the extension, on the desktop if possible, else in a browser. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { installHost } from './host/install';
import { startServer } from './host/server';
import { addressOf } from './host/session';

const EXTENSION = path.resolve(__dirname, '../../..');
const VSIX = path.join(EXTENSION, 'winning-sign.vsix');
const PORT = 8760;

async function main(): Promise<void> {
  const folder = path.resolve(process.argv[2] ?? 'demo');
  if (!existsSync(path.join(folder, '.winning-sign')))
    console.log('No runs yet: npm run demo makes some in five minutes.');
  mkdirSync(folder, { recursive: true });
  if (openDesktop(folder)) return;
  const port = Number(process.env['PORT'] ?? PORT);
  const settings = { 'workbench.startupEditor': 'welcomePage' };
  const env = { WINNING_SIGN_HOME: process.env['WINNING_SIGN_HOME'] }; // the user's own backends, unlike in tests
  const server = await startServer({ host: installHost(), driver: false, vsix: VSIX, port, settings, env });
  console.log(`VS Code with Winning Sign: ${addressOf(server, { workspace: folder })}\nCtrl+C ends it. Runs continue.`);
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  await server.end();
}

/** Opens the folder in an installed `code`, with the extension from its sources. Returns false if `code` is not installed. */
function openDesktop(folder: string): boolean {
  const asked = process.env['WINNING_SIGN_VSCODE'];
  if (asked === 'browser') return false;
  const code = asked && asked !== 'desktop' ? asked : 'code';
  const args = ['--new-window', `--extensionDevelopmentPath=${EXTENSION}`, folder];
  const opened = spawnSync(code, args, { stdio: 'inherit', shell: process.platform === 'win32' });
  if (opened.error || opened.status !== 0) return false;
  console.log(`Opened ${folder} in VS Code.`);
  return true;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
