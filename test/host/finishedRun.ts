/** One finished run of `quick.sign.json`, made once by the command line; tests copy it into workspaces of their own. */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import path from 'node:path';
import { makeWorkspace, type Workspace } from './workspace';

const CLI = path.resolve(__dirname, '../../../dist/engine/cli.js');
const VARIABLE = 'WINNING_SIGN_FINISHED_RUN'; // also read by the extension host, which is another process

/** Makes the run, which takes about ten seconds. The returned function removes it. */
export function makeFinishedRun(): () => void {
  const workspace = makeWorkspace();
  const directory = path.join(workspace.runs, 'quick');
  execFileSync(process.execPath, [CLI, 'run', path.join(workspace.folder, 'quick.sign.json'), '--dir', directory], {
    stdio: 'pipe',
    env: { ...process.env, WINNING_SIGN_HOME: path.join(workspace.folder, 'home') },
  });
  process.env[VARIABLE] = directory;
  return () => {
    workspace.end();
  };
}

/** Copies the finished run into the runs folder of a workspace. Returns the directory of the copy. */
export function addFinishedRun({ runs }: Pick<Workspace, 'runs'>, name: string): string {
  const directory = path.join(runs, name);
  rmSync(directory, { recursive: true, force: true });
  cpSync(process.env[VARIABLE]!, directory, { recursive: true });
  return directory;
}
