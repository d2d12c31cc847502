/** Where is kept what belongs to this person rather than to the package: backends that were installed, and how fast they are. */
import os from 'node:os';
import path from 'node:path';

export interface Surroundings {
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
  home: string;
}

const HERE = (): Surroundings => ({ platform: process.platform, env: process.env, home: os.homedir() });

/** `$WINNING_SIGN_HOME`, or where this system keeps data of programs, and in it `backends/NAME`. */
export function backendHome(name: string, surroundings: Surroundings = HERE()): string {
  return path.join(dataFolder(surroundings), 'backends', name);
}

/** What was measured of the backends on this person's machines. */
export function calibrationFile(surroundings: Surroundings = HERE()): string {
  return path.join(dataFolder(surroundings), 'calibrations.json');
}

function dataFolder({ platform, env, home }: Surroundings): string {
  const { WINNING_SIGN_HOME: own, XDG_DATA_HOME: xdg, LOCALAPPDATA: local } = env;
  if (own) return path.resolve(own);
  if (platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'winning-sign');
  if (platform === 'win32') return path.join(local ?? path.join(home, 'AppData', 'Local'), 'winning-sign');
  // The XDG specification has relative paths ignored.
  return path.join(xdg && path.isAbsolute(xdg) ? xdg : path.join(home, '.local', 'share'), 'winning-sign');
}
