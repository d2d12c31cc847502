/** Tests Winning Sign's operations in TensorFlow: their numbers, their bytes, and what the user may ask for. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { executableSets, setsFor } from '../../../engine/backends/tensorflow/instructions';
import { hashOperations, hashSources } from '../../../engine/backends/tensorflow/sources';
import { reportTensorFlow } from '../../../engine/backends/tensorflow/start';
import type { OperationSet } from '../../../engine/vocabulary/runEvents';
import { temporaryFolder } from '../../fixtures';
import { endRunning, start, writeData, writeRunFile } from '../process';
import type { LimitedValues } from './operationLimits';
import type { GrownMemory } from './operationMemory';
import { CASES, operandsOf, type OperationValues } from './operationValues';
import { values } from './reference';

type Results = Record<string, Float32Array[]>;

async function compute(operations: OperationSet | 'none', threads: number): Promise<Results> {
  const env = { ...process.env, WINNING_SIGN_OPERATIONS: operations, WINNING_SIGN_THREADS: String(threads) };
  const program = [path.join(__dirname, 'operationValues.js')];
  const { stdout } = await promisify(execFile)(process.execPath, program, { env, maxBuffer: 1 << 28 });
  const printed = JSON.parse(stdout.trim().split('\n').at(-1)!) as OperationValues;
  assert.equal(printed.operations ?? 'none', operations);
  assert.equal(printed.sources, operations === 'none' ? undefined : hashOperations(hashSources()));
  const decode = (text: string) => new Float32Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
  return Object.fromEntries(Object.entries(printed.cases).map(([name, all]) => [name, all.map(decode)]));
}

/** A stack has 1 GiB, so that few threads reach the limit. */
async function computeLimited(limit: 'none' | 'threads' | 'memory', set: OperationSet): Promise<LimitedValues> {
  const env = { ...process.env, WINNING_SIGN_OPERATIONS: set, WINNING_SIGN_THREADS: '3' };
  const program = path.join(__dirname, 'operationLimits.js');
  const script = `ulimit -s 1048576; exec "${process.execPath}" "${program}" ${limit}`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script], { env, maxBuffer: 1 << 28 });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as LimitedValues;
}

/** Returns the MB of files that are in the memory of a process after TensorFlow has started. */
async function residentFiles(operations: OperationSet | 'none'): Promise<number> {
  const module = path.resolve('out/engine/backends/startBackend.js');
  const program = `require(${JSON.stringify(module)}).startBackend('tensorflow').then(() => {
    console.log(require('node:fs').readFileSync('/proc/self/status', 'utf8'));
  });`;
  const env = { ...process.env, WINNING_SIGN_OPERATIONS: operations };
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', program], { env });
  return Number(/^RssFile:\s+(\d+) kB$/m.exec(stdout)![1]) / 1024;
}

async function growMemory(set: OperationSet): Promise<number> {
  const env = { ...process.env, WINNING_SIGN_OPERATIONS: set, WINNING_SIGN_THREADS: '1' };
  const program = [path.join(__dirname, 'operationMemory.js')];
  const { stdout } = await promisify(execFile)(process.execPath, program, { env });
  return (JSON.parse(stdout.trim().split('\n').at(-1)!) as GrownMemory).results;
}

/** The largest error of finite values. Values that are not finite must agree. */
function errorOf(given: Float32Array, exact: Float64Array, what: string): number {
  assert.equal(given.length, exact.length, what);
  return exact.reduce((largest, value, i) => {
    if (Number.isFinite(value)) return Math.max(largest, Math.abs(given[i]! - value));
    assert.ok(Object.is(given[i], value), `${what}[${i}] is ${given[i]}, not ${value}`);
    return largest;
  }, 0);
}

describe('the operations of Winning Sign in tensorflow', function () {
  this.timeout(300_000);
  const inFolder = temporaryFolder();
  afterEach(endRunning);
  let sets: OperationSet[];

  before(async function () {
    const report = await reportTensorFlow();
    sets = report.operations ? executableSets() : [];
    if (sets.length > 0) return;
    console.log(`    skipped: ${report.problem || report.operationsProblem}`);
    this.skip();
  });

  it('have at most twice the errors of TensorFlow, and give the same bytes on one thread and on two', async () => {
    const stock = await compute('none', 2);
    const own = new Map<OperationSet, Results>();
    for (const set of sets) {
      const [one, two] = [await compute(set, 1), await compute(set, 2)];
      for (const name of Object.keys(CASES))
        assert.deepEqual(one[name], two[name], `${set}: ${name} depends on the number of threads`);
      own.set(set, one);
    }
    for (const [name, given] of Object.entries(CASES)) {
      const expected = given.exact(operandsOf(given), values(stock[name]![0]!.length, 9));
      expected.forEach((reference, k) => {
        const limit = errorOf(stock[name]![k]!, reference, `TensorFlow: ${name}, result ${k}`);
        const scale = reference.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
        for (const [set, { [name]: given }] of own) {
          const what = `${set}: ${name}, result ${k}`;
          const error = errorOf(given![k]!, reference, what);
          // TensorFlow's order of sums, and so its error, depends on the processor. Small cases may differ by one rounding of the largest value.
          assert.ok(
            error <= 2 * limit + scale * 2 ** -23,
            `${what} has an error of ${error}, that of TensorFlow has ${limit}`,
          );
        }
      });
    }
  });

  it('give the same bytes if the system refuses threads, and only fail if it refuses memory', async function () {
    if (process.platform !== 'linux') this.skip();
    for (const set of sets) {
      const free = await computeLimited('none', set);
      const refused = await computeLimited('threads', set);
      assert.ok(refused.started <= 0, 'the limit allows threads');
      assert.deepEqual(refused.values, free.values);
      const { errors } = await computeLimited('memory', set);
      assert.equal(errors.length, 2);
      for (const message of errors) assert.match(message, /not enough memory for the sums of an operation/);
    }
  });

  it('give back the memory that the loading of TensorFlow took', async function () {
    if (process.platform !== 'linux') this.skip();
    const stock = await residentFiles('none');
    for (const set of sets) {
      const own = await residentFiles(set);
      assert.ok(own < stock - 100, `${own} MB, and ${stock} MB without the operations`);
    }
  });

  it('write over results that nothing else needs', async function () {
    if (process.platform !== 'linux') this.skip();
    for (const set of sets) assert.ok((await growMemory(set)) < 1.5, set);
  });

  it('are missed in the reason of a run that computes without them', async () => {
    const file = inFolder('run.sign.json');
    await writeData(inFolder());
    writeRunFile(file, { backend: 'tensorflow' });
    const args = ['run', file, '--dir', inFolder('run')];
    const { code, stderr } = await start(args, { WINNING_SIGN_OPERATIONS: 'none' }).ended;
    assert.equal(code, 0, stderr);
    const events = readFileSync(inFolder('run', 'events.jsonl'), 'utf8');
    assert.match(events, /"reason":"[^"]*WINNING_SIGN_OPERATIONS turns Winning Sign's operations off\."/);
  });

  it('are required if the user wants a set that cannot be used here', async () => {
    const file = inFolder('run.sign.json');
    await writeData(inFolder());
    const foreign: OperationSet = setsFor().includes('neon') ? 'avx2' : 'neon';
    for (const backend of ['tensorflow', 'auto']) {
      writeRunFile(file, { backend });
      const env = { WINNING_SIGN_OPERATIONS: foreign };
      const { code, stderr } = await start(['run', file, '--dir', inFolder(backend)], env).ended;
      assert.notEqual(code, 0, stderr);
      const sentence = `WINNING_SIGN_OPERATIONS is ${foreign}, but this processor cannot execute it.`;
      assert.ok(stderr.includes(`${sentence} Set it to ${[...sets, 'none'].join(' or ')}, or unset it.`), stderr);
      assert.ok(!existsSync(inFolder(backend)), `${backend}: no failed run is left`);
    }
  });
});
