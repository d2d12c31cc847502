import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sha256Of } from '../../../engine/checkpoints/write';
import { fingerprint } from '../../../engine/datasets/fingerprint';
import { loadDataset } from '../../../engine/datasets/load';
import type { RunRecord } from '../../../engine/protocol';
import { isIncluded } from '../../../engine/vocabulary/includedDataset';
import { checkOptions, hashOptions } from '../../../engine/runs/options';
import { draftFromFile } from '../../../engine/runs/repeat';
import { readRecord, recordOf, resolveRecord, writeRecord } from '../../../engine/runs/record';
import { locateRecord } from '../../../engine/runs/recordPaths';
import { temporaryFolder } from '../../fixtures';
import { npyArray, npz } from '../npy';

describe('paths of a record', () => {
  const inFolder = temporaryFolder();
  const run = (...parts: string[]) => inFolder(...parts, '.winning-sign', 'run');
  const stored = (directory: string) => JSON.parse(readFileSync(path.join(directory, 'run.json'), 'utf8')) as object;

  beforeEach(() => {
    mkdirSync(run('project'), { recursive: true });
    writeFileSync(inFolder('project', 'data.npz'), 'data');
    writeFileSync(inFolder('project', 'ticket.safetensors'), 'ticket');
  });

  it('are relative in run.json, and absolute after reading', async () => {
    const record = await make();
    const { dataset, madeIn } = stored(run('project')) as RunRecord;
    assert.deepEqual(dataset, { format: 'npz', path: '../../data.npz', layout: 'NCHW' });
    assert.equal(madeIn, run('project'));
    const read = await readRecord(run('project'));
    assert.deepEqual(read, { ...record, madeIn });
    assert.equal(hashOptions(read), hashOptions(record));
  });

  it('name the same files in a project that was moved or copied', async () => {
    await make();
    cpSync(inFolder('project'), inFolder('copy'), { recursive: true });
    assert.deepEqual(pathsOf(await readRecord(run('copy'))), filesIn('copy'));
    renameSync(inFolder('project'), inFolder('moved'));
    assert.deepEqual(pathsOf(await readRecord(run('moved'))), filesIn('moved'));
    assert.equal(await writeRecord(run('moved'), await recordIn('moved')), true);
  });

  it('name the original files if only the run directory was moved, or if it is opened through a link', async () => {
    await make();
    mkdirSync(inFolder('archive'));
    symlinkSync(run('project'), inFolder('link'));
    assert.deepEqual(pathsOf(await readRecord(inFolder('link'))), filesIn('project'));
    renameSync(run('project'), inFolder('archive', 'run'));
    assert.deepEqual(pathsOf(await readRecord(inFolder('archive', 'run'))), filesIn('project'));
  });

  it('are right in a copy of run.json under another name', async () => {
    await make({ kind: 'search' });
    cpSync(path.join(run('project'), 'run.json'), inFolder('again.json'));
    const { record } = await draftFromFile({ folder: inFolder('runs') }, inFolder('again.json'));
    assert.deepEqual(pathsOf(record), [inFolder('project', 'data.npz')]);
  });

  describe('of version 0.1, which are absolute', () => {
    const resolved = async (directory: string) => locateRecord(directory, await readRecord(directory));
    const move = () => {
      renameSync(inFolder('project'), inFolder('moved'));
    };

    it('are found at the same place around a directory that was moved', async () => {
      await makeOld(inFolder('project', 'data'));
      move();
      const read = await readRecord(run('moved'));
      assert.deepEqual(pathsOf(read), filesIn('project', 'data'));
      const { record, moved } = await locateRecord(run('moved'), read);
      assert.deepEqual(pathsOf(record), filesIn('moved', 'data'));
      assert.deepEqual(
        moved,
        [0, 1].map(
          (at) => `${filesIn('project', 'data')[at]} is missing, so ${filesIn('moved', 'data')[at]} is used instead.`,
        ),
      );
      assert.deepEqual(pathsOf((await resolveRecord(run('moved'), read)).record), filesIn('moved', 'data'));
      writeFileSync(inFolder('moved', 'ticket.safetensors'), 'another');
      const [data, ticket] = pathsOf((await resolved(run('moved'))).record);
      assert.deepEqual([data, ticket], [filesIn('moved', 'data')[0], inFolder('project', 'ticket.safetensors')]);
    });

    it('are not those of other data with the same name, if the run has not begun', async () => {
      await makeOld(inFolder('project'));
      move();
      const { record, moved } = await resolved(run('moved'));
      assert.deepEqual(pathsOf(record)[0], inFolder('project', 'data.npz'));
      assert.equal(moved.length, 1);
    });

    it('are those of the data that the run has begun with, whatever their folder', async () => {
      const { dataset } = await makeOld(inFolder('project'));
      writeFileSync(inFolder('project', 'data.npz'), images(1));
      const datasetSha256 = fingerprint(await loadDataset(dataset, '.'));
      const backend = { name: 'wasm', device: 'x', threads: 1, deterministic: true, reason: 'asked' };
      const parameters = { prunable: 1, all: 1 };
      const started = { type: 'started', time: 1, backend, layers: [], parameters, datasetSha256 };
      writeFileSync(path.join(run('project'), 'events.jsonl'), JSON.stringify(started) + '\n');
      move();
      assert.equal(pathsOf((await resolved(run('moved'))).record)[0], inFolder('moved', 'data.npz'));
      writeFileSync(inFolder('moved', 'data.npz'), images(2));
      assert.equal(pathsOf((await resolved(run('moved'))).record)[0], inFolder('project', 'data.npz'));
    });

    /** Returns an .npz file with images of 2 × 2 pixels. Files with a different first pixel have a different hash. */
    const images = (first: number) => {
      const split = (name: string) => ({
        [`x_${name}`]: npyArray('|u1', [2, 2, 2], Uint8Array.of(first, 2, 3, 4, 5, 6, 7, 8)),
        [`y_${name}`]: npyArray('|u1', [2], Uint8Array.of(0, 1)),
      });
      return npz({ ...split('train'), ...split('test') });
    };

    async function makeOld(folder: string): Promise<RunRecord> {
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, 'data.npz'), 'data');
      const made = await recordIn('project');
      const dataset = { format: 'npz' as const, path: path.join(folder, 'data.npz'), layout: 'NHWC' as const };
      const record: RunRecord = { ...made, dataset };
      mkdirSync(run('project'), { recursive: true });
      writeFileSync(path.join(run('project'), 'run.json'), JSON.stringify(record));
      return record;
    }
  });

  async function make(other: object = {}): Promise<RunRecord> {
    const record = { ...(await recordIn('project')), ...other } as RunRecord;
    assert.ok(await writeRecord(run('project'), record));
    return record;
  }

  async function recordIn(project: string): Promise<RunRecord> {
    const dataset = { format: 'npz', path: 'data.npz' };
    const options = checkOptions({ method: 'lrr', model: 'mlp', dataset }, inFolder(project, 'x.sign.json'));
    const checkpoint = inFolder(project, 'ticket.safetensors');
    const source = { from: 'checkpoint' as const, checkpoint, sha256: await sha256Of(checkpoint) };
    return { ...recordOf('run', options), kind: 'train', source: { ...source, variant: 'signed-mask' } };
  }

  function filesIn(project: string, ...folder: string[]): string[] {
    return [inFolder(project, ...folder, 'data.npz'), inFolder(project, 'ticket.safetensors')];
  }

  function pathsOf(record: RunRecord): string[] {
    const data = isIncluded(record.dataset) ? [] : [record.dataset.path];
    return record.kind === 'train' && record.source.from === 'checkpoint' ? [...data, record.source.checkpoint] : data;
  }
});
