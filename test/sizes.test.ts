import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { temporaryFolder } from './fixtures';
import { measureSizes, readAccepted, sizeProblems, sizeTable } from './host/sizes';

const size = (raw: number, gzip = raw) => ({ raw, gzip });

describe('The sizes of the bundles', () => {
  const folder = temporaryFolder();

  it('may grow by a tenth', () => {
    const accepted = { 'dist/a.js': size(1000, 400) };
    assert.deepEqual(sizeProblems({ 'dist/a.js': size(1100, 440) }, accepted), []);
    const [raw, gzip, ...others] = sizeProblems({ 'dist/a.js': size(1101, 441) }, accepted);
    assert.match(raw!, /^dist\/a\.js has 1\.1 kB, but test\/host\/sizes\.json has 1\.0 kB.*npm run sizes/);
    assert.match(gzip!, /^dist\/a\.js has 0\.4 kB with gzip/);
    assert.deepEqual(others, []);
  });

  it('are known for each file', () => {
    const problems = sizeProblems({ 'dist/new.js': size(1) }, { 'dist/old.js': size(1) });
    assert.match(problems[0]!, /^dist\/new\.js is new/);
    assert.match(problems[1]!, /^dist\/old\.js is missing/);
  });

  it('are measured for all programs and the package', () => {
    mkdirSync(folder('dist/engine/schemas'), { recursive: true });
    writeFileSync(folder('dist/engine/schemas/run.js'), ' '.repeat(5000));
    writeFileSync(folder('dist/engine/cli.js.map'), '{}');
    writeFileSync(folder('winning-sign.vsix'), 'zip');
    const sizes = measureSizes(folder());
    assert.deepEqual(Object.keys(sizes), ['dist/engine/schemas/run.js', 'winning-sign.vsix']);
    const { raw, gzip } = sizes['dist/engine/schemas/run.js']!;
    assert.ok(raw === 5000 && gzip < 100);
    const table = sizeTable(sizes, { 'winning-sign.vsix': size(6) });
    assert.match(
      table,
      /\| dist\/engine\/schemas\/run\.js \| 5\.0 \| 0\.0 \| new \|\n\| winning-sign\.vsix \| 0\.0 \| 0\.0 \| −50\.0 % \|$/,
    );
  });

  it('are accepted for what the build makes', () => {
    const names = Object.keys(readAccepted('.'));
    for (const name of ['dist/engine/cli.js', 'dist/engine/server.js', 'dist/extension/main.js', 'winning-sign.vsix'])
      assert.ok(names.includes(name), name);
  });
});
