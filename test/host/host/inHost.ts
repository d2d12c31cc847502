import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { runTests, TestRunFailedError } from '@vscode/test-electron';
import { makeWorkspace } from '../workspace';
import type { Host } from './choose';

/** Runs the suite inside an extension host. Returns the exit code. */
export async function runInHost(extension: string, host: Exclude<Host, { kind: 'none' }>): Promise<number> {
  const workspace = makeWorkspace();
  const folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-code-'));
  const executable = host.kind === 'browser' ? standInAt(path.join(folder, 'code')) : host.executable;
  try {
    return await runTests({
      ...(executable && { vscodeExecutablePath: executable }),
      extensionDevelopmentPath: extension,
      extensionTestsPath: path.join(__dirname, '../suite/index'),
      launchArgs: [workspace.folder, '--disable-extensions'],
    });
  } catch (error) {
    if (error instanceof TestRunFailedError) return error.code ?? 1;
    throw error;
  } finally {
    workspace.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes an executable that accepts the arguments of `code`. */
function standInAt(file: string): string {
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${path.join(__dirname, 'standIn.js')}" "$@"\n`);
  chmodSync(file, 0o755);
  return file;
}
