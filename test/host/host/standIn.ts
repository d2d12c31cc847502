/**
 * Replaces the `code` executable for @vscode/test-electron. Opens the workspace in the browser host, loads the extension and its tests into
 * the extension host, prints their output and exits with their code.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openSession, type Session } from './session';

const LIMIT_MS = Number(process.env['WINNING_SIGN_HOST_LIMIT_S'] ?? 600) * 1000;
const TIMED_OUT = 124;

/** Runs the tests from the command line. Returns their exit code. */
async function standIn(): Promise<number> {
  const { values, positionals } = parseArgs({
    strict: false,
    allowPositionals: true,
    options: { extensionDevelopmentPath: { type: 'string' }, extensionTestsPath: { type: 'string' } },
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-tests-'));
  const output = path.join(folder, 'output.txt');
  closeSync(openSync(output, 'w'));
  const showing = showAsItGrows(output);
  let session: Session | undefined;
  try {
    const code = await new Promise<number>((resolve, reject) => {
      setTimeout(() => {
        console.error(`No result after ${LIMIT_MS / 1000} s.`);
        resolve(TIMED_OUT);
      }, LIMIT_MS).unref();
      process.once('SIGINT', resolve.bind(undefined, 130)).once('SIGTERM', resolve.bind(undefined, 143));
      openSession(
        {
          workspace: positionals[0]!,
          extension: values.extensionDevelopmentPath as string,
          tests: values.extensionTestsPath as string,
          env: { WINNING_SIGN_TEST_OUTPUT: output },
        },
        (page) => listen(page, resolve),
      ).then((opened) => (session = opened), reject);
    });
    await session?.end();
    return code;
  } finally {
    showing.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The two functions that the workbench calls to report the results of its tests. */
async function listen(page: Page, exit: (code: number) => void): Promise<void> {
  await page.exposeFunction('codeAutomationLog', () => undefined);
  await page.exposeFunction('codeAutomationExit', exit);
  page.on('crash', () => {
    console.error('The window crashed.');
    exit(1);
  });
}

/** Prints a file while it is written. `end` prints the rest. */
function showAsItGrows(file: string): { end(): void } {
  const descriptor = openSync(file, 'r');
  const chunk = Buffer.alloc(65_536);
  const show = () => {
    for (let read = 1; read > 0;) {
      read = readSync(descriptor, chunk);
      process.stdout.write(chunk.subarray(0, read));
    }
  };
  const timer = setInterval(show, 200);
  return {
    end: () => {
      clearInterval(timer);
      show();
      closeSync(descriptor);
    },
  };
}

standIn().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
