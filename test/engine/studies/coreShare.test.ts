import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fileSystem, { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { CoreShare } from '../../../engine/studies/coreShare';
import { thisProcess } from '../../../engine/processes';
import { temporaryFolder } from '../../fixtures';

describe('CoreShare', () => {
  const inFolder = temporaryFolder();

  it('shares the processors equally between two studies, and gives all to one alone', () => {
    const [a, b] = [new CoreShare(4, inFolder('use')), new CoreShare(4, inFolder('use'))];
    for (const used of [0, 1, 2, 3]) assert.ok(a.mayStart(1, used), 'a is alone');
    assert.ok(!a.mayStart(1, 4));
    assert.ok(b.mayStart(1, 0), 'a study always may have one run');
    assert.ok(!b.mayStart(1, 1), 'all processors are used');
    a.set({ threads: 3, isHungry: false }); // a run of a has ended
    assert.ok(!a.mayStart(1, 3), 'it is the turn of b');
    a.set({ threads: 2, isHungry: true });
    assert.ok(!a.mayStart(1, 2), 'it is still the turn of b');
    assert.ok(b.mayStart(1, 1));
    assert.ok(!a.mayStart(1, 2) && !b.mayStart(1, 2), 'two and two');
    a.dispose();
    assert.ok(b.mayStart(1, 2) && b.mayStart(1, 3), 'b is alone');
    b.dispose();
    assert.deepEqual(readdirSync(inFolder('use')), []);
  });

  it('gives the last processor to only one of two studies that ask at the same moment', () => {
    const [a, b] = [new CoreShare(3, inFolder('use')), new CoreShare(3, inFolder('use'))];
    assert.ok(a.mayStart(1, 0) && b.mayStart(1, 0));
    const write = fileSystem.renameSync;
    const answers: boolean[] = [];
    fileSystem.renameSync = (from, to) => {
      fileSystem.renameSync = write;
      answers.push(b.mayStart(1, 1)); // asks after a has read what b uses, and before a writes
      write(from, to);
    };
    try {
      answers.push(a.mayStart(1, 1));
    } finally {
      fileSystem.renameSync = write;
    }
    assert.deepEqual(answers, [true, false]);
    assert.ok(!a.mayStart(1, 1));
    b.set({ threads: 1, isHungry: false });
    assert.ok(a.mayStart(1, 1));
    for (const share of [a, b]) share.dispose();
  });

  it('ignores studies whose process has ended, and files that are not valid', async () => {
    const a = new CoreShare(2, inFolder('use'));
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const dead = { ...thisProcess(), pid: child.pid, threads: 2, isHungry: true };
    writeFileSync(inFolder('use/dead.json'), JSON.stringify(dead));
    writeFileSync(inFolder('use/other.json'), JSON.stringify({ ...dead, pid: process.pid, host: 'another' }));
    writeFileSync(inFolder('use/wrong.json'), '{');
    assert.ok(a.mayStart(1, 0) && a.mayStart(1, 1));
    assert.ok(!existsSync(inFolder('use/dead.json')));
    a.dispose();
  });

  it('is alone where the folder cannot be used', () => {
    writeFileSync(inFolder('file'), '');
    const a = new CoreShare(2, inFolder('file/use'));
    assert.ok(a.mayStart(1, 0) && a.mayStart(1, 1) && !a.mayStart(1, 2));
    a.dispose();
  });
});
