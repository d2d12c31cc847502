import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { checkOptions } from '../../../engine/runs/options';
import { removeLeftovers } from '../../../engine/runs/leftovers';
import { annotateRun, readNotes } from '../../../engine/runs/notes';
import { recordOf, writeRecord } from '../../../engine/runs/record';
import { temporaryFolder } from '../../fixtures';
import { slowDown } from '../../slowFiles';

/** Files that processes without the lock may be writing. */
const SHARED = [
  ...['.notes.json.7-1.tmp', '.notes.json.lock.7-2.tmp', '.events.digest.json.7-3.tmp', '.summary.json.7-0.tmp'],
  ...['.lock.7-4.tmp', '.lock.takeover.7-5.tmp', '.stop.7-0.tmp', '.dropped.json.7-8.tmp'],
];

describe('the files that killed processes leave in a run directory', () => {
  const inFolder = temporaryFolder();

  it('are removed, but not those that another process may be writing', async () => {
    mkdirSync(inFolder('state'));
    for (const name of [...SHARED, '.run.json.7-6.tmp', 'state/.training.safetensors.7-7.tmp', 'notes.json'])
      writeFileSync(inFolder(name), '');
    await removeLeftovers(inFolder());
    assert.deepEqual(readdirSync(inFolder()).sort(), [...SHARED, 'notes.json', 'state'].sort());
    assert.deepEqual(readdirSync(inFolder('state')), []);
  });

  it('are all removed if they are old', async () => {
    const hours = new Date(Date.now() - 2 * 3_600_000);
    for (const name of SHARED) {
      writeFileSync(inFolder(name), '');
      utimesSync(inFolder(name), hours, hours);
    }
    await removeLeftovers(inFolder());
    assert.deepEqual(readdirSync(inFolder()), []);
  });

  it('are removed while notes are written, which are not lost', async () => {
    const options = checkOptions({ method: 'aws', model: 'mlp', dataset: 'sample' }, 'test');
    await writeRecord(inFolder(), recordOf('aws', options));
    const restore = slowDown(['link', 'rename', 'rm', 'open']);
    try {
      for (let round = 0; round < 10; round++) {
        const state = { isWritten: false };
        const writing = annotateRun(inFolder(), { text: `round ${round}` }).finally(() => (state.isWritten = true));
        while (!state.isWritten) {
          await removeLeftovers(inFolder());
          await new Promise(setImmediate);
        }
        await writing;
        assert.equal((await readNotes(inFolder())).notes.text, `round ${round}`);
      }
    } finally {
      restore();
    }
  });
});
