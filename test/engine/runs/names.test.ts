import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { writeSafetensors } from '../../../engine/checkpoints/write';
import { draftTransfer } from '../../../engine/runs/derivedDrafts';
import { draftFromOptions, makeRun } from '../../../engine/runs/drafts';
import { draftFromFile } from '../../../engine/runs/repeat';
import { folderName } from '../../../engine/runs/names';
import { temporaryFolder } from '../../fixtures';

const OPTIONS = { method: 'aws', model: 'mlp', dataset: 'sample' };
const HOSTILE = [
  '',
  '.',
  '..',
  '...',
  '../x',
  '/../../../x',
  '..\\..\\x',
  '/etc/x',
  'C:\\x',
  'a/b',
  ' ',
  'a\0b',
  'a\nb',
  '\u001b[31mred',
  'con',
  'NUL.txt',
  'com1',
  'x'.repeat(5000),
  '😀'.repeat(200),
  '\ud800',
  'a\u202eb',
  'name.',
  'name ',
];

describe('names of run directories', () => {
  const inFolder = temporaryFolder();

  it('are unchanged if they are ordinary names', () => {
    for (const name of ['aws', 'aws-2', 'résumé 3', '.hidden', 'a..b', 'console', '実験', 'aws-r03-signed-mask-seed5'])
      assert.equal(folderName(name), name);
  });

  it('never lead out of their folder, and are valid in every file system', () => {
    for (const name of HOSTILE) {
      const safe = folderName(name);
      assert.equal(path.dirname(path.join('/runs', safe)), '/runs', JSON.stringify(name));
      assert.equal(path.win32.dirname(path.win32.join('C:\\runs', safe)), 'C:\\runs', JSON.stringify(name));
      assert.doesNotMatch(safe, /[<>:"|?*\p{Cc}]|^\.*$|[. ]$/u);
      assert.ok(Buffer.byteLength(safe) <= 120);
      mkdirSync(inFolder(safe), { recursive: true });
    }
    assert.equal(folderName('con'), 'con-');
    assert.equal(folderName('NUL.txt'), 'NUL-.txt');
    assert.equal(folderName('😀'.repeat(200)), '😀'.repeat(30));
  });

  it('stay below the runs folder for any name of a run file and any options', async () => {
    const folder = inFolder('project', 'runs');
    mkdirSync(folder, { recursive: true });
    for (const name of ['.sign.json', '...sign.json', '....sign.json']) {
      writeFileSync(inFolder('project', name), JSON.stringify(OPTIONS));
      await makeRun(await draftFromFile({ folder }, inFolder('project', name)));
    }
    for (const name of HOSTILE)
      await makeRun(await draftFromOptions({ folder }, name, { options: OPTIONS, origin: 'x' }));
    assert.deepEqual(readdirSync(inFolder()), ['project']);
    assert.deepEqual(readdirSync(inFolder('project')).sort(), ['....sign.json', '...sign.json', '.sign.json', 'runs']);
    for (const run of readdirSync(folder)) assert.ok(existsSync(path.join(folder, run, 'run.json')), run);
  });

  it('stay below the runs folder for any metadata of a checkpoint', async () => {
    writeFileSync(inFolder('aws.sign.json'), JSON.stringify(OPTIONS));
    mkdirSync(inFolder('runs'));
    for (const said of ['/../../../x', '..', 'con', '\u001b]0;title\u0007', 'x'.repeat(5000)]) {
      const checkpoint = inFolder('given.safetensors');
      const metadata = { format: 'winning-sign 1', run: said, round: said, method: 'aws' };
      await writeSafetensors(checkpoint, { tensors: new Map(), metadata });
      const request = { checkpoint, variant: 'mask-only' as const, seed: 1, optionsFile: inFolder('aws.sign.json') };
      const { directory } = await draftTransfer({ folder: inFolder('runs') }, request);
      assert.equal(path.dirname(directory), inFolder('runs'), said);
    }
  });
});
