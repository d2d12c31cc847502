import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { executeStudy } from '../../../engine/studies/execute';
import { expand, type StudyRun } from '../../../engine/studies/expand';
import { directoryOf, folderOf } from '../../../engine/studies/place';
import { DiskUse, MACHINE, type Machine, MemoryUse } from '../../../engine/studies/room';
import { readStudy } from '../../../engine/studies/studyFile';
import { temporaryFolder } from '../../fixtures';
import { largeStudy } from './manyRuns';

const GB = 1e9;

describe('room for the runs of a study', () => {
  const inFolder = temporaryFolder();
  const study = async () => {
    writeFileSync(inFolder('room.study.json'), JSON.stringify(largeStudy(3)));
    return readStudy(inFolder('room.study.json'));
  };

  it('is limited by the peak memory of the runs of the same network, and by --memory', async () => {
    const [first, second, third] = expand(await study()) as [never, never, never];
    let peak = 3 * GB;
    const machine: Machine = { ...MACHINE, memory: () => 5 * GB, usedBy: () => ({ now: 2 * GB, peak }) };
    const memory = new MemoryUse(undefined, machine);
    assert.ok(memory.hasRoomFor(first));
    memory.began(first, 1);
    memory.measure();
    assert.ok(memory.hasRoomFor(second), 'two runs of 3 GB in 5 GB and the 2 GB that the first uses');
    memory.began(second, 2);
    assert.ok(memory.hasRoomFor(third), 'three in 5 + 4 GB');
    peak = 4 * GB;
    memory.measure();
    assert.ok(!memory.hasRoomFor(third));
    const limited = new MemoryUse(7 * GB, machine);
    limited.began(first, 1);
    limited.measure();
    assert.ok(!limited.hasRoomFor(second), 'two runs of 4 GB in 7 GB');
    limited.ended(first);
    assert.ok(limited.hasRoomFor(second), 'the only run always has room');
  });

  it('is kept from the start of a run to its end, even if it could not be made', async () => {
    const content = {
      options: { model: 'mlp', dataset: 'sample' },
      axes: { seed: [1, 2, 3, 4, 5] },
      nodes: { dense: { run: 'training', over: ['seed'] } },
    };
    writeFileSync(inFolder('start.study.json'), JSON.stringify(content));
    const read = await readStudy(inFolder('start.study.json'));
    mkdirSync(folderOf(read), { recursive: true });
    writeFileSync(directoryOf(read, 'dense-seed1'), ''); // in the place of its directory
    const machine: Machine = { ...MACHINE, memory: () => 100 * GB, usedBy: () => undefined };
    const running = new Set<string>();
    let most = 0;
    const states = await executeStudy(read, {
      ...{ cores: 8, memory: GB, machine }, // two runs of 500 MB each
      onChange: ({ run: { name }, status }) => {
        if (status === 'running') running.add(name);
        else running.delete(name);
        most = Math.max(most, running.size);
      },
    });
    assert.equal(most, 2);
    // There is no program beside the compiled tests, so each process ends at once. Nothing else says that these runs failed.
    assert.ok(states.every(({ status, message }) => status === 'failed' && message !== undefined));
  });

  it('is measured on this machine', function () {
    if (process.platform !== 'linux') this.skip();
    const { now, peak } = MACHINE.usedBy(process.pid)!;
    assert.ok(now > 10e6 && peak >= now && MACHINE.memory() > 10e6);
    assert.equal(MACHINE.usedBy(2 ** 30), undefined);
  });

  it('needs as much of the disk as the checkpoints of the network', async () => {
    const read = await study();
    const search = expand(read).find(({ kind }) => kind === 'search')!;
    let free = 65e6;
    const machine: Machine = { ...MACHINE, disk: () => free };
    mkdirSync(path.join(directoryOf(read, search.name), 'checkpoints'), { recursive: true });
    assert.equal(new DiskUse(read, machine).problemFor(search), undefined);
    writeFileSync(path.join(directoryOf(read, search.name), 'checkpoints/init.safetensors'), Buffer.alloc(1e6));
    // init, 6 rounds and the state (weights and momentum) of 1 MB each, of which init is there, and 64 MB that stay free
    assert.match(
      new DiskUse(read, machine).problemFor(search)!,
      /this file system has only 65(\.0)? MB free, and the next run needs about 72(\.0)? MB/,
    );
    free = 72e6;
    assert.equal(new DiskUse(read, machine).problemFor(search), undefined);
  });

  it('counts what running runs will still write, beside what they have written', async () => {
    const read = await study();
    const [first, second] = expand(read).filter(({ kind }) => kind === 'search') as [StudyRun, StudyRun];
    let free = 80e6;
    const disk = new DiskUse(read, { ...MACHINE, disk: () => free });
    const write = (name: string) => {
      const file = path.join(directoryOf(read, first.name), name);
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, Buffer.alloc(1e6));
    };
    write('checkpoints/init.safetensors'); // of 9 MB, 8 are left
    disk.reserve(first);
    assert.match(
      disk.problemFor(second)!,
      /only 80(\.0)? MB free, and the runs that are running and the next one still need about 81(\.0)? MB\.$/,
    );
    write('checkpoints/round-00.safetensors');
    assert.equal(disk.problemFor(second), undefined);
    free = 79e6;
    assert.notEqual(disk.problemFor(second), undefined);
    disk.ended(first);
    assert.equal(disk.problemFor(second), undefined);
  });

  it('stops the queue with a sentence if the disk is full', async () => {
    const read = await study();
    const machine: Machine = { ...MACHINE, disk: () => 1e6 };
    await assert.rejects(executeStudy(read, { cores: 2, machine }), {
      name: 'MachineError',
      message: /^\/.*: this file system has only 1\.00 MB free.*run the study again: it continues\.$/,
    });
    assert.ok(!existsSync(directoryOf(read, 'search-lrr')));
    assert.ok(!existsSync(path.join(folderOf(read), 'study.lock')), 'another study run may begin');
  });
});
