/** Checks which packages may run scripts during `npm ci`. npm before version 11 does not read this setting. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

describe('allowScripts in package.json', () => {
  const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  const allowed = read('package.json')['allowScripts'] as Record<string, boolean>;
  const packages = read('package-lock.json')['packages'] as Record<string, { hasInstallScript?: boolean }>;
  // The entries have no version. The lock file names no registry, so npm could not check a version and would warn.
  const scripted = Object.entries(packages)
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([place]) => ({ name: place.split('node_modules/').at(-1)! }));

  it('has an entry for every locked package with an install script', () => {
    const undecided = scripted.filter(({ name }) => !(name in allowed));
    assert.deepEqual(undecided, []);
  });

  it('has no entry for a package without an install script', () => {
    const names = new Set(scripted.map(({ name }) => name));
    assert.deepEqual(
      Object.keys(allowed).filter((key) => !names.has(key)),
      [],
    );
  });
});
