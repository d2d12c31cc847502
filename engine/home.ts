/**
 * Finds the folder for the data of this user: installed backends, measured speeds, lists of files in datasets, copies of files from Git
 * revisions, compiled code, rows of the bench, and the studies that share this machine.
 */
import os from 'node:os';
import path from 'node:path';

export interface Surroundings {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  home: string;
}

const HERE = (): Surroundings => ({ platform: process.platform, env: process.env, home: os.homedir() });

/** Returns `backends/NAME` in `$WINNING_SIGN_HOME`, or in the data folder of this system. */
export function backendHome(name: string, surroundings: Surroundings = HERE()): string {
  return path.join(dataFolder(surroundings), 'backends', name);
}

/** Returns the path of the file with measured speeds. */
export function calibrationFile(surroundings: Surroundings = HERE()): string {
  return path.join(dataFolder(surroundings), 'calibrations.json');
}

/** Returns the path of the file with all rows that the bench has measured. */
export function historyFile(surroundings: Surroundings = HERE()): string {
  return path.join(dataFolder(surroundings), 'bench.jsonl');
}

/** Returns the folder with a file for each study that is executed now. */
export function executorsFolder(surroundings: Surroundings = HERE()): string {
  return path.join(dataFolder(surroundings), 'executors');
}

/** Returns the folder with lists of the files in datasets. */
export function listingsFolder(surroundings: Surroundings = HERE()): string {
  return path.join(dataFolder(surroundings), 'listings');
}

/** Returns the folder with the compiled code of the programs. Node.js finds and checks the files in it. */
export function compileCacheFolder(surroundings: Surroundings = HERE()): string {
  return path.join(dataFolder(surroundings), 'compiled');
}

/** Returns the folder with copies of files from Git revisions. */
export function revisionsFolder(surroundings: Surroundings = HERE()): string {
  return path.join(dataFolder(surroundings), 'revisions');
}

function dataFolder({ platform, env, home }: Surroundings): string {
  const { WINNING_SIGN_HOME: own, XDG_DATA_HOME: xdg, LOCALAPPDATA: local } = env;
  if (own) return path.resolve(own);
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'winning-sign');
  if (platform === 'win32') return path.join(local ?? path.join(home, 'AppData', 'Local'), 'winning-sign');
  // The XDG specification says to ignore relative paths.
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(home, '.local', 'share'), 'winning-sign');
}
