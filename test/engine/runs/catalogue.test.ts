import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { sha256Of } from '../../../engine/checkpoints/write';
import type { ListedRun, RunChange, RunRecord } from '../../../engine/protocol';
import { UNGUARDED } from '../../../engine/files';
import { listRuns, RunCatalogue } from '../../../engine/runs/catalogue';
import { EventLog } from '../../../engine/runs/events';
import { checkOptions } from '../../../engine/runs/options';
import { recordOf, writeRecord } from '../../../engine/runs/record';
import { temporaryFolder } from '../../fixtures';

const MEASURED = { loss: 1, accuracy: 50 };
const OPTIONS = { method: 'aws', model: 'mlp', dataset: 'sample' };
const CHECKPOINT = 'checkpoints/round-00.safetensors';

describe('RunCatalogue', () => {
  const inFolder = temporaryFolder();
  let catalogue: RunCatalogue;
  let changes: EventEmitter;

  beforeEach(() => {
    changes = new EventEmitter();
    catalogue = new RunCatalogue({ onRun: () => undefined, onList: (change) => changes.emit('list', change) });
  });
  afterEach(() => {
    catalogue.dispose();
  });

  it('finds the source run of a transfer in a copied project, with and without hashes in the log', async () => {
    await makeSearch('old', 'hashed', { logged: true });
    await makeSearch('old', 'plain', { logged: false });
    await makeTransfer('old', 'from-hashed', inFolder('old', 'hashed', CHECKPOINT));
    await makeTransfer('old', 'from-plain', inFolder('old', 'plain', CHECKPOINT));
    cpSync(inFolder('old'), inFolder('new'), { recursive: true });

    const found = until('from-plain', (run) => run.sources[0]?.run !== undefined);
    const { runs } = await catalogue.follow([inFolder('new')]);
    const source = (name: string) => runs.find((run) => run.name === name)!.sources[0]!;
    assert.deepEqual(
      [source('from-hashed').run, source('from-hashed').file, source('from-hashed').label],
      [inFolder('new', 'hashed'), inFolder('new', 'hashed', CHECKPOINT), 'hashed/round-00'],
    );
    const plain = await found;
    assert.equal(plain.sources[0]!.run, inFolder('new', 'plain'));
    const snapshot = await catalogue.snapshot(inFolder('new', 'from-plain'));
    assert.deepEqual(snapshot.sources, plain.sources);
    assert.equal(snapshot.rounds.length, 0);
  });

  it('reports a new run before scan() resolves', async () => {
    await makeSearch('runs', 'a', { logged: true });
    await catalogue.follow([inFolder('runs')]);
    const told: string[] = [];
    changes.on('list', ({ directory, summary }: RunChange<ListedRun>) => {
      if (summary) told.push(path.basename(directory));
    });
    await makeSearch('runs', 'b', { logged: true });
    await catalogue.scan();
    assert.deepEqual(told, ['b']);
  });

  it('does not report runs that it returns', async () => {
    await makeSearch('runs', 'a', { logged: true });
    await makeSearch('runs', 'b', { logged: true });
    const told: string[] = [];
    changes.on('list', ({ directory }: RunChange<ListedRun>) => told.push(path.basename(directory)));
    assert.equal((await catalogue.follow([inFolder('runs')])).runs.length, 2);
    await makeSearch('runs', 'c', { logged: true });
    await catalogue.scan();
    assert.deepEqual(told, ['c']);
  });

  it('reports each run whose differences change because another run appears', async () => {
    await makeSearch('runs', 'a', { logged: true });
    const { runs } = await catalogue.follow([inFolder('runs')]);
    assert.deepEqual(runs[0]!.differs, []);
    const told = until('a', ({ differs }) => differs.length > 0);
    await makeSearch('runs', 'b', { logged: true, options: { batchSize: 64 } });
    await catalogue.scan();
    assert.deepEqual((await told).differs, [{ name: 'batchSize', value: 128 }]);
  });

  it('lists runs whose checkpoints cannot be read', async () => {
    await makeSearch('runs', 'a', { logged: false });
    await makeTransfer('runs', 't', inFolder('runs', 'a', CHECKPOINT));
    cpSync(inFolder('runs'), inFolder('copy'), { recursive: true });
    const checkpoint = inFolder('copy', 'a', CHECKPOINT);
    rmSync(checkpoint);
    symlinkSync(path.basename(checkpoint), checkpoint); // a link to itself
    const { runs } = await catalogue.follow([inFolder('copy')]);
    assert.deepEqual(runs.map(({ name }) => name).sort(), ['a', 't']);
  });

  it('reports that a run was removed', async () => {
    await makeSearch('runs', 'a', { logged: true });
    await catalogue.follow([inFolder('runs')]);
    const gone = once(changes, 'list');
    await catalogue.follow([inFolder('elsewhere')]);
    assert.deepEqual(await gone, [{ directory: inFolder('runs', 'a') }]);
  });

  it('gives the same relations in a list that is not followed', async () => {
    await makeSearch('runs', 'a', { logged: false });
    await makeTransfer('runs', 't', inFolder('runs', 'a', CHECKPOINT));
    const { runs } = await listRuns(inFolder('runs'));
    const transfer = runs.find(({ name }) => name === 't');
    assert.equal(transfer!.sources[0]!.run, inFolder('runs', 'a'));
  });

  /** Makes a search that has finished its round 0. */
  async function makeSearch(
    folder: string,
    name: string,
    { logged, options = {} }: { logged: boolean; options?: object },
  ) {
    const directory = inFolder(folder, name);
    await writeRecord(directory, recordOf(name, checkOptions({ ...OPTIONS, ...options }, 'x.sign.json')));
    mkdirSync(path.join(directory, 'checkpoints'));
    const file = path.join(directory, CHECKPOINT);
    writeFileSync(file, `${name} after round 0`);
    const log = new EventLog(path.join(directory, 'events.jsonl'), 0, { guard: UNGUARDED });
    log.append({
      type: 'round',
      round: 0,
      sparsity: { prunable: 0, all: 0 },
      test: MEASURED,
      train: MEASURED,
      checkpoint: CHECKPOINT,
      layers: [],
      ...(logged && { sha256: await sha256Of(file) }),
    });
    log.close();
  }

  async function makeTransfer(folder: string, name: string, checkpoint: string) {
    const options = checkOptions(OPTIONS, 'x.sign.json');
    const source = {
      from: 'checkpoint' as const,
      checkpoint,
      sha256: await sha256Of(checkpoint),
      variant: 'signed-mask' as const,
    };
    const record: RunRecord = { version: 1, name, ...options, kind: 'train', source };
    await writeRecord(inFolder(folder, name), record);
  }

  /** Waits until a run with this name is reported and has the expected content. */
  function until(name: string, wanted: (run: ListedRun) => boolean): Promise<ListedRun> {
    return new Promise((resolve) => {
      changes.on('list', ({ summary }: { summary?: ListedRun }) => {
        if (summary?.name === name && wanted(summary)) resolve(summary);
      });
    });
  }
}).timeout(20_000);
