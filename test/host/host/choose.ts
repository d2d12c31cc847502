import { findChromium, HOW_TO_GET_CHROMIUM } from './chromium';
import { installHost } from './install';

const VERSIONS = 'https://update.code.visualstudio.com/api/releases/stable';
const ANSWER_LIMIT_MS = 5_000;

/** The VS Code that runs the tests. `reason` says why none, or not the best one, is used. */
export type Host =
  | { kind: 'browser'; name: string }
  | { kind: 'desktop'; name: string; executable?: string; reason: string }
  | { kind: 'none'; reason: string };

/**
 * Chooses the browser host on Linux x64 with a Chromium, else the desktop VS Code, which is downloaded if its site answers and there is a
 * screen. `WINNING_SIGN_VSCODE` is `desktop`, or the executable of a desktop VS Code.
 */
export async function chooseHost(): Promise<Host> {
  const asked = process.env['WINNING_SIGN_VSCODE'];
  if (asked && asked !== 'desktop' && asked !== 'browser')
    return { kind: 'desktop', name: asked, executable: asked, reason: 'WINNING_SIGN_VSCODE names a desktop VS Code.' };
  const problem = browserProblem();
  if (!problem && asked !== 'desktop')
    return { kind: 'browser', name: `VS Code ${installHost().version} in a browser` };
  const reason = problem ?? 'WINNING_SIGN_VSCODE asks for the desktop.';
  if (process.platform === 'linux' && !process.env['DISPLAY'] && !process.env['WAYLAND_DISPLAY'])
    return { kind: 'none', reason: `${reason} A desktop VS Code needs a screen, and there is none.` };
  if (!(await canDownload()))
    return { kind: 'none', reason: `${reason} A desktop VS Code cannot be downloaded from here either.` };
  return { kind: 'desktop', name: 'the stable desktop VS Code', reason };
}

/** Returns why the browser host cannot be used on this machine, or undefined if it can. */
export function browserProblem(): string | undefined {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'The browser host needs Linux on x64.';
  return findChromium() ? undefined : `There is no Chromium here. ${HOW_TO_GET_CHROMIUM}`;
}

function canDownload(): Promise<boolean> {
  return fetch(VERSIONS, { signal: AbortSignal.timeout(ANSWER_LIMIT_MS) }).then(
    (response) => response.ok,
    () => false,
  );
}
