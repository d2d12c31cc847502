import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { CHROMIUM_ARGS, findChromium, HOW_TO_GET_CHROMIUM } from './chromium';
import { installHost } from './install';
import { startServer, type Server, type ServerOptions } from './server';

export interface SessionOptions extends Partial<Omit<ServerOptions, 'host'>> {
  /** Folder or `.code-workspace` file to open. */
  workspace: string;
  /** An extension to load from its sources. */
  extension?: string;
  /** A module with `run()` to load into the extension host. */
  tests?: string;
}

/** A window of VS Code in a headless browser. */
export interface Session {
  page: Page;
  /** Address of the window. */
  url: string;
  /** Opens another workspace in the same window, with its own extension host. */
  open(workspace: string): Promise<void>;
  end(): Promise<void>;
}

/** Starts a server and a browser. `prepare` receives the page before it loads. */
export async function openSession(
  options: SessionOptions,
  prepare: (page: Page) => Promise<void> = () => Promise.resolve(),
): Promise<Session> {
  const executablePath = findChromium();
  if (!executablePath) throw new Error(`There is no Chromium here. ${HOW_TO_GET_CHROMIUM}`);
  const driver = options.driver ?? options.extension !== undefined;
  const server = await startServer({ ...options, host: installHost(), driver });
  let browser: Browser | undefined;
  const end = async () => {
    await browser?.close();
    await server.end();
  };
  try {
    browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await prepare(page);
    const url = addressOf(server, options);
    await page.goto(url);
    const open = async (workspace: string) => {
      await page.goto(addressOf(server, { ...options, workspace }));
    };
    return { page, url, open, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** Returns the address that opens a workspace. With a driver, the address also has the extension and the tests to load. */
export function addressOf({ authority }: Server, { workspace, extension, tests }: SessionOptions): string {
  const url = new URL(`http://${authority}/`);
  url.searchParams.set(workspace.endsWith('.code-workspace') ? 'workspace' : 'folder', path.resolve(workspace));
  const remote = (file: string) => `vscode-remote://${authority}${path.resolve(file)}`;
  const payload = [
    ['skipWelcome', 'true'],
    ['skipReleaseNotes', 'true'],
    ...(extension ? [['extensionDevelopmentPath', remote(extension)]] : []),
    ...(tests ? [['extensionTestsPath', remote(tests)]] : []),
  ];
  url.searchParams.set('payload', JSON.stringify(payload));
  return url.href;
}
