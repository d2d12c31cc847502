import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { findRuns } from '../../../engine/runs/findRuns';
import { temporaryFolder } from '../../fixtures';

describe('findRuns', () => {
  const inFolder = temporaryFolder();

  it('finds runs up to two levels below a folder', async () => {
    makeRun('a', 'study/b', 'study/inner/too-deep', 'node_modules/package');
    const { runs, places } = await findRuns(inFolder());
    assert.deepEqual(runs, [inFolder('a'), inFolder('study/b')]);
    assert.deepEqual(places.sort(), [inFolder(), inFolder('study'), inFolder('study/inner')]);
    assert.deepEqual((await findRuns(inFolder('a'))).runs, [inFolder('a')]);
    assert.deepEqual(await findRuns(inFolder('none')), { runs: [], places: [] });
  });

  it('finds the runs of studies in project folders, as deep as study files are found', async () => {
    const runs = ['.winning-sign/a.study/run', 'x/.winning-sign/own', 'x/y/.winning-sign/b.study/run'];
    makeRun(...runs, 'x/y/z/.winning-sign/too-deep', '.winning-sign/a/b/too-deep');
    assert.deepEqual(
      (await findRuns(inFolder())).runs,
      runs.map((run) => inFolder(run)),
    );
    const { places } = await findRuns(inFolder('.winning-sign'));
    assert.deepEqual(
      places,
      ['', '/a', '/a.study', '/a/b'].map((end) => inFolder(`.winning-sign${end}`)),
    );
  });

  it('follows links, and lists each run once, if possible by its path without links', async function () {
    if (process.platform === 'win32') this.skip();
    makeRun('elsewhere/linked', 'runs/study/own');
    link('elsewhere/linked', 'runs/link');
    link('elsewhere/linked', 'runs/study/again');
    link('runs/study/own', 'runs/a-link');
    assert.deepEqual((await findRuns(inFolder('runs'))).runs, [inFolder('runs/link'), inFolder('runs/study/own')]);
    link('runs', 'all');
    assert.deepEqual((await findRuns(inFolder('all'))).runs, [inFolder('all/link'), inFolder('all/study/own')]);
    assert.equal((await findRuns(inFolder('all'), inFolder('runs'))).runs.length, 2);
  });

  it('ignores links that form a loop or lead to nothing', async function () {
    if (process.platform === 'win32') this.skip();
    makeRun('runs/a');
    link('runs', 'runs/loop');
    link('.', 'runs/up');
    link('runs/self', 'runs/self');
    link('nothing', 'runs/broken');
    assert.deepEqual((await findRuns(inFolder('runs'))).runs, [inFolder('runs/a')]);
  });

  function makeRun(...directories: string[]) {
    for (const directory of directories) {
      mkdirSync(inFolder(directory), { recursive: true });
      writeFileSync(path.join(inFolder(directory), 'run.json'), '{}');
    }
  }

  function link(to: string, from: string) {
    symlinkSync(inFolder(to), inFolder(from));
  }
});
