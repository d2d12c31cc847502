/** The window that all tests of a suite share. Each test gets its own workspace, so tests can run alone or in any order. */
import path from 'node:path';
import { openSession, type Session, type SessionOptions } from './host/session';
import { Workbench } from './host/workbench';
import { makeWorkspace, type Workspace } from './workspace';

export interface Driven {
  window: Workbench;
  workspace: Workspace;
  /** Returns the directory of a run in the workspace. */
  directoryOf: (run: string) => string;
}

/** Opens the window for the calling suite. The fields of the result are set for each test. `fill` puts files into each new workspace. */
export function driveWindow(
  options: () => Omit<SessionOptions, 'workspace'>,
  fill: (folder: string) => void = () => undefined,
): Driven {
  const driven = {} as Driven;
  let session: Session | undefined;

  beforeEach(async () => {
    driven.workspace = makeWorkspace();
    const { folder, runs } = driven.workspace;
    fill(folder);
    driven.directoryOf = (run) => path.join(runs, run);
    if (session) await session.open(folder);
    else session = await openSession({ ...options(), workspace: folder });
    driven.window = new Workbench(session.page);
    await driven.window.ready();
    await driven.window.openRunsView();
  });

  afterEach(async function () {
    const folder = process.env['WINNING_SIGN_SCREENSHOTS'];
    const name = this.currentTest!.title.replace(/\W+/g, '-');
    if (folder) await driven.window.page.screenshot({ path: path.join(folder, `${name}.png`) });
    driven.workspace.end();
  });

  after(() => session?.end());
  return driven;
}
