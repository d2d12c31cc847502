/** Files the tests read, and folders they may write to. Tests run from the repository's root. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Absolute path of a file in test/fixtures. */
export function fixture(name: string): string {
  return path.resolve('test/fixtures', name);
}

/** A fixture that is JSON. */
export function readJson(name: string): unknown {
  return JSON.parse(readFileSync(fixture(name), 'utf8'));
}

/** A new folder for each test of the suite it is called in, removed after the test; call the result for the folder, or a path in it. */
export function temporaryFolder(): (...parts: string[]) => string {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-'))));
  afterEach(() => {
    removeFolder(folder);
  });
  return (...parts) => path.join(folder, ...parts);
}

/** A new folder for all tests of the suite it is called in, removed after the last one. Call the result for the folder, or a path in it. */
export function sharedFolder(): (...parts: string[]) => string {
  let folder: string;
  before(() => (folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-'))));
  after(() => {
    removeFolder(folder);
  });
  return (...parts) => path.join(folder, ...parts);
}

/** Removes a folder in which a runner may still be writing its last files. `maxRetries` of `rmSync` would not remove what was written since. */
function removeFolder(folder: string): void {
  for (let left = 20; ; left--)
    try {
      rmSync(folder, { recursive: true, force: true });
      return;
    } catch (error) {
      if (left === 0) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
}
