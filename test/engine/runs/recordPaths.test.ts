import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sha256Of } from '../../../engine/checkpoints/write';
import type { RunRecord } from '../../../engine/protocol';
import { checkOptions, hashOptions } from '../../../engine/runs/options';
import { draftFromFile } from '../../../engine/runs/repeat';
import { readRecord, recordOf, resolveRecord, writeRecord } from '../../../engine/runs/record';
import { locateRecord } from '../../../engine/runs/recordPaths';
import { temporaryFolder } from '../../fixtures';

describe('paths of a record', () => {
  const inFolder = temporaryFolder();
  const run = (...parts: string[]) => inFolder(...parts, '.winning-sign', 'run');
  const stored = (directory: string) => JSON.parse(readFileSync(path.join(directory, 'run.json'), 'utf8')) as object;

  beforeEach(() => {
    mkdirSync(run('project'), { recursive: true });
    writeFileSync(inFolder('project', 'data.npz'), 'data');
    writeFileSync(inFolder('project', 'ticket.safetensors'), 'ticket');
  });

  it('are relative in run.json, and absolute for whoever reads it', async () => {
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

  it('name the files where they were if the run directory alone was moved, or is reached by a link', async () => {
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

  it('of version 0.1 are absolute, and are found at the same place around a directory that was moved', async () => {
    const record = await make();
    writeFileSync(path.join(run('project'), 'run.json'), JSON.stringify(record));
    renameSync(inFolder('project'), inFolder('moved'));
    const read = await readRecord(run('moved'));
    assert.deepEqual(pathsOf(read), filesIn('project'));
    assert.deepEqual(pathsOf(await locateRecord(run('moved'), read)), filesIn('moved'));
    assert.deepEqual(pathsOf(await resolveRecord(run('moved'), read)), filesIn('moved'));
    writeFileSync(inFolder('moved', 'ticket.safetensors'), 'another');
    const [data, ticket] = pathsOf(await locateRecord(run('moved'), read));
    assert.deepEqual([data, ticket], [inFolder('moved', 'data.npz'), inFolder('project', 'ticket.safetensors')]);
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

  function filesIn(project: string): string[] {
    return [inFolder(project, 'data.npz'), inFolder(project, 'ticket.safetensors')];
  }

  function pathsOf(record: RunRecord): string[] {
    const data = typeof record.dataset === 'string' ? [] : [record.dataset.path];
    return record.kind === 'train' && record.source.from === 'checkpoint' ? [...data, record.source.checkpoint] : data;
  }
});
