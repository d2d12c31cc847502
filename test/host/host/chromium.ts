import { existsSync } from 'node:fs';
import path from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

export const HOW_TO_GET_CHROMIUM =
  'Install it (Debian, Ubuntu: apt-get install chromium fonts-dejavu-core fonts-liberation), or name one in WINNING_SIGN_CHROMIUM.';

/** Path of a Chromium on this machine, or undefined. */
export function findChromium(): string | undefined {
  const named = process.env['WINNING_SIGN_CHROMIUM'];
  if (named) return existsSync(named) ? named : undefined;
  const folders = (process.env['PATH'] ?? '').split(path.delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => path.join(folder, name))).find((file) => existsSync(file));
}

/** Options for a Chromium without a screen, a sandbox or network features. */
export const CHROMIUM_ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
