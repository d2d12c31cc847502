/** Tests how the catalogue of studies recovers from errors that pass. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import fileSystem from 'node:fs/promises';
import path from 'node:path';
import { StudyCatalogue, type FollowedRuns, type StudyListener } from '../../../engine/studies/catalogue';
import { FollowedStudy } from '../../../engine/studies/followStudy';
import { temporaryFolder } from '../../fixtures';
import { until } from '../../until';

const STUDY = {
  options: { model: { model: 'mlp' }, dataset: { format: 'idx', path: path.resolve('engine/datasets/sample') } },
  axes: { seed: [1, 2] },
  nodes: { dense: { run: 'training', over: ['seed'] } },
};
const RUNS: FollowedRuns = { overviewOf: () => undefined, folders: () => [], followAlso: () => Promise.resolve() };

describe('The catalogue of studies', () => {
  const temporary = temporaryFolder();
  const file = () => temporary('small.study.json');
  const directory = (name: string) => temporary(`.winning-sign/small.study/${name}`);
  const submission = () => temporary('.winning-sign/small.study/.slurm/20260101T000000-abc/submission.json');
  const catalogues: StudyCatalogue[] = [];
  const catalogueOf = (listener: Partial<StudyListener>, runs = RUNS) => {
    const nothing = () => undefined;
    const made = new StudyCatalogue(runs, { onList: nothing, onStudy: nothing, onError: nothing, ...listener });
    catalogues.push(made);
    return made;
  };
  const write = () => {
    writeFileSync(file(), JSON.stringify(STUDY));
  };
  const corrupt = () => {
    mkdirSync(path.dirname(submission()), { recursive: true });
    writeFileSync(submission(), '{');
  };

  afterEach(() => {
    for (const made of catalogues.splice(0)) made.dispose();
  });

  it('looks at a study only when that holds up nothing else', async () => {
    write();
    let letLook = (): void => undefined;
    const quiet = new Promise<void>((resolve) => (letLook = resolve));
    let isQuiet = false;
    const catalogue = catalogueOf({
      whenQuiet: () => quiet,
      onList: () => {
        assert.ok(isQuiet);
      },
    });
    const list = catalogue.follow([temporary('')]);
    await new Promise(setImmediate);
    isQuiet = true;
    letLook();
    assert.deepEqual((await list).studies.map(({ name }) => name), ['small']); // prettier-ignore
  });

  it('finds a study whose file appears after a search, and before its folder is watched', async () => {
    const read = fileSystem.readdir as (...args: unknown[]) => Promise<unknown>;
    const once = async (...args: unknown[]) => {
      const entries = await read(...args);
      Object.assign(fileSystem, { readdir: read });
      write();
      return entries;
    };
    Object.assign(fileSystem, { readdir: once });
    const { studies } = await catalogueOf({}).follow([temporary('.')]);
    assert.deepEqual(studies.map(({ name }) => name), ['small']); // prettier-ignore
  });

  it('forgets an error of a run when it has passed, and shows what changed meanwhile', async () => {
    write();
    let problem = 'A run failed.';
    const study = new FollowedStudy(file(), () => problem);
    await study.look();
    study.isShown = true;
    corrupt();
    problem = 'Another run failed.';
    study.runChanged(directory('dense-seed1'));
    assert.match((await study.look())!.problem!, /submission\.json/);
    assert.throws(() => study.snapshot(), /submission\.json/);
    assert.equal(study.isWatchedByTime, true, 'the removal of the file causes no event');
    rmSync(path.dirname(submission()), { recursive: true });
    const news = await study.look();
    assert.deepEqual([study.problem, news?.problem, news?.delta?.reset], [undefined, undefined, true]);
    assert.equal(study.isWatchedByTime, false);
    const messages = study.snapshot().runs.map(({ message }) => message);
    assert.deepEqual(messages, ['Another run failed.', 'A run failed.']);
  });

  it('reads all runs at the next look if the first one failed', async () => {
    write();
    corrupt();
    const study = new FollowedStudy(file(), () => undefined);
    assert.match((await study.look())!.problem!, /submission\.json/);
    rmSync(path.dirname(submission()), { recursive: true });
    assert.equal((await study.look())!.summary!.counts.queued, 2);
    assert.equal(study.snapshot().runs.length, 2);
  });

  it('says which run directories the file no longer describes', async () => {
    write();
    const study = new FollowedStudy(file(), () => undefined);
    assert.equal((await study.look())!.summary!.changes, undefined);
    for (const name of ['dense-seed1', 'dense-seed3', 'dense-seed2-before-retry-1']) {
      mkdirSync(directory(name), { recursive: true });
      writeFileSync(path.join(directory(name), 'run.json'), '{}');
      study.runChanged(directory(name));
    }
    const unlisted = { directories: 1, first: ['dense-seed3'] };
    assert.deepEqual((await study.look())!.summary!.changes, { unlisted });
    rmSync(directory('dense-seed3'), { recursive: true });
    study.runChanged(directory('dense-seed3'));
    assert.equal((await study.look())!.summary!.changes, undefined);
  });

  it('keeps the mistake of a file until the file is read again', async () => {
    write();
    const study = new FollowedStudy(file(), () => undefined);
    await study.look();
    writeFileSync(file(), '{');
    study.fileChanged();
    assert.notEqual((await study.look())!.problem, undefined);
    study.runChanged(directory('dense-seed1'));
    await study.look();
    assert.notEqual(study.problem, undefined);
    write();
    study.fileChanged();
    await study.look();
    assert.equal(study.problem, undefined);
  });

  it('sends no more changes after the last panel was closed', async () => {
    write();
    const deltas: unknown[] = [];
    const catalogue = catalogueOf({ onStudy: (delta) => deltas.push(delta) });
    await catalogue.follow([temporary('.')]);
    const changed = async (isCorrupt: boolean) => {
      if (isCorrupt) corrupt();
      else rmSync(path.dirname(submission()), { recursive: true });
      const before = deltas.length;
      await catalogue.refresh(file());
      return deltas.length > before;
    };
    await catalogue.snapshot(file(), true);
    assert.equal(await changed(true), false, 'it was wanted only once');
    await changed(false);
    await catalogue.snapshot(file());
    assert.equal(await changed(true), true);
    catalogue.close(file());
    assert.equal(await changed(false), false);
  });

  it('forgets a study outside of the folders when its last reader has read it', async () => {
    write();
    const removed: string[] = [];
    const onList: StudyListener['onList'] = (change) => {
      if (Object.keys(change).length === 1) removed.push(change.file);
    };
    const catalogue = catalogueOf({ onList });
    const read = await Promise.all([catalogue.snapshot(file(), true), catalogue.snapshot(file(), true)]);
    assert.deepEqual(
      read.map(({ runs }) => runs.length),
      [2, 2],
    );
    await until('the study is forgotten', () => removed.includes(file()));
    assert.equal((await catalogue.snapshot(file(), true)).runs.length, 2);
  });

  it('says that a study was removed while it was read', async () => {
    write();
    const catalogue = catalogueOf({});
    await catalogue.follow([temporary('.')]);
    const snapshot = catalogue.snapshot(file());
    rmSync(file());
    await Promise.all([
      assert.rejects(snapshot, { name: 'UserError', message: /this study was removed|not found|does not exist/ }),
      catalogue.follow([temporary('.')]),
    ]);
  });

  it('looks again after a look that failed, and reports the failure once', async () => {
    write();
    const errors: string[] = [];
    let isBroken = true;
    let heard = 0;
    const catalogue = catalogueOf({
      onList: () => {
        heard++;
        if (isBroken) throw new Error('The connection is closed.');
      },
      onError: (message) => errors.push(message),
    });
    await catalogue.follow([temporary('.')]);
    assert.deepEqual([heard, errors], [1, [`${file()}: The connection is closed.`]]);
    isBroken = false;
    await catalogue.stop(file());
    corrupt();
    await catalogue.refresh(file());
    assert.deepEqual([heard, errors.length], [2, 1], 'the later look ran');
  });
});
