/** Tests what happens if another version of Winning Sign compiled its operations for TensorFlow. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { places, type BuiltOperations } from '../../../engine/backends/tensorflow/installed';
import { executableSets } from '../../../engine/backends/tensorflow/instructions';
import type { FoundOperations } from '../../../engine/backends/tensorflow/operations';
import { hashOperations, hashSources } from '../../../engine/backends/tensorflow/sources';
import { differenceOf } from '../../../engine/calibration/choose';
import type { BackendChoice } from '../../../engine/vocabulary/runEvents';
import { temporaryFolder } from '../../fixtures';

/** Finds operations in a process of its own, because a process that has loaded operations only finds those. */
function findIn(home: string, env: Record<string, string> = {}): FoundOperations {
  const module = path.resolve('out/engine/backends/tensorflow/operations.js');
  const program = `console.log(JSON.stringify(require(${JSON.stringify(module)}).findOperations('CPU')))`;
  const variables = { ...process.env, WINNING_SIGN_OPERATIONS: '', WINNING_SIGN_HOME: home, ...env };
  return JSON.parse(
    execFileSync(process.execPath, ['-e', program], { env: variables, encoding: 'utf8' }),
  ) as FoundOperations;
}

describe('operations for TensorFlow from other sources', function () {
  this.timeout(30_000);
  const inFolder = temporaryFolder();
  const sets = executableSets();

  beforeEach(function () {
    if (sets.length === 0) this.skip();
  });

  function install(sources: Pick<BuiltOperations, 'sources'>): void {
    const home = inFolder('backends', 'tensorflow');
    mkdirSync(home, { recursive: true });
    writeFileSync(places.record(home), JSON.stringify({ operations: { sets, ...sources } }));
    for (const set of sets) writeFileSync(places.operations(home, set), '');
  }

  it('are not used, and a user who wants them is told what to do', () => {
    install({ sources: hashSources() });
    assert.deepEqual(findIn(inFolder()), { set: sets[0], problem: '', sources: hashSources() });
    for (const former of [{}, { sources: 'other' }]) {
      install(former);
      const { set, problem } = findIn(inFolder());
      assert.equal(set, undefined);
      assert.match(problem, /^Another version .* Run “.*backends install tensorflow”/);
    }
    assert.match(
      findIn(inFolder(), { WINNING_SIGN_OPERATIONS: sets[0]! }).problem,
      /it is not installed here\. Another version of Winning Sign compiled/,
    );
  });

  it('have another hash if a file changed, appeared or has another name', () => {
    const hashes = ['a.h 1', 'a.h 2', 'b.h 2', 'b.h 2, c.h 1'].map((files, i) => {
      mkdirSync(inFolder(String(i)));
      for (const file of files.split(', '))
        writeFileSync(inFolder(String(i), file.split(' ')[0]!), file.split(' ')[1]!);
      return hashSources(inFolder(String(i)));
    });
    assert.equal(new Set(hashes).size, hashes.length);
    writeFileSync(inFolder('0', 'a.h.orig'), '');
    assert.equal(hashSources(inFolder('0')), hashes[0]);
  });

  it('have another hash in the log of a run if a file changed, or if they are called in another way', () => {
    const hashes = [hashOperations('a', 1), hashOperations('a', 2), hashOperations('b', 1)];
    assert.equal(new Set(hashes).size, hashes.length);
  });

  it('make a resumed run say that its result may not be bit-identical', () => {
    const choice = (operationSources?: string): BackendChoice => ({
      ...{ name: 'tensorflow', device: 'CPU', threads: 1, operations: 'avx2', deterministic: true, reason: '' },
      ...(operationSources !== undefined && { operationSources }),
    });
    for (const began of ['a', undefined])
      assert.match(
        differenceOf(choice(began), choice('b'))!,
        /^This run used another version of Winning Sign's operations .* not be bit-identical/,
      );
    assert.equal(differenceOf(choice('a'), choice('a')), undefined);
  });
});
