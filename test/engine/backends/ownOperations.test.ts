/** Tests our own operations in TensorFlow: their numbers, their bytes, and what a run says that resumes without them. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { executableSets } from '../../../engine/backends/tensorflow/instructions';
import { reportTensorFlow } from '../../../engine/backends/tensorflow/start';
import { chooseBackend } from '../../../engine/calibration/choose';
import type { BackendChoice, OperationSet } from '../../../engine/vocabulary/runEvents';
import { batchNorm, depthwise, gelu, layerNorm, type Exact } from './exact';
import type { LimitedValues } from './operationLimits';
import { CASES, operandsOf, type OperationValues } from './operationValues';
import { values } from './reference';

/** By the beginning of the names of the cases. The first that fits is used. */
const EXACT: [string, Exact][] = [
  ['batchNormRelu', batchNorm(true)],
  ['batchNorm', batchNorm(false)],
  ['depthwiseStrided', depthwise(CASES['depthwiseStrided']!.shapes, { stride: 2, padding: 1 })],
  ['depthwiseLarge', depthwise(CASES['depthwiseLarge']!.shapes, { stride: 1, padding: 2 })],
  ['depthwiseSmall', depthwise(CASES['depthwiseSmall']!.shapes, { stride: 3, padding: 0 })],
  ['depthwise', depthwise(CASES['depthwise']!.shapes, { stride: 1, padding: 1 })],
  ['gelu', gelu],
  ['layerNorm', layerNorm],
];

type Results = Record<string, Float32Array[]>;

async function compute(operations: OperationSet | 'none', threads: number): Promise<Results> {
  const env = { ...process.env, WINNING_SIGN_OPERATIONS: operations, WINNING_SIGN_THREADS: String(threads) };
  const program = [path.join(__dirname, 'operationValues.js')];
  const { stdout } = await promisify(execFile)(process.execPath, program, { env, maxBuffer: 1 << 28 });
  const printed = JSON.parse(stdout.trim().split('\n').at(-1)!) as OperationValues;
  assert.equal(printed.operations ?? 'none', operations);
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

/** The largest error of finite values. Values that are not finite must agree. */
function errorOf(given: Float32Array, exact: Float64Array, what: string): number {
  assert.equal(given.length, exact.length, what);
  return exact.reduce((largest, value, i) => {
    if (Number.isFinite(value)) return Math.max(largest, Math.abs(given[i]! - value));
    assert.ok(Object.is(given[i], value), `${what}[${i}] is ${given[i]}, not ${value}`);
    return largest;
  }, 0);
}

describe('our own operations in tensorflow', function () {
  this.timeout(300_000);
  let sets: OperationSet[];

  before(async function () {
    const report = await reportTensorFlow();
    sets = report.operations ? executableSets() : [];
    if (sets.length > 0) return;
    console.log(`    skipped: ${report.problem || report.operationsProblem}`);
    this.skip();
  });

  it('are as exact as those of TensorFlow, and give the same bytes on one thread and on two', async () => {
    const stock = await compute('none', 2);
    for (const set of sets) {
      const [one, two] = [await compute(set, 1), await compute(set, 2)];
      for (const [name, given] of Object.entries(CASES)) {
        assert.deepEqual(one[name], two[name], `${set}: ${name} depends on the number of threads`);
        const [, exact] = EXACT.find(([prefix]) => name.startsWith(prefix))!;
        const expected = exact(operandsOf(given), values(one[name]![0]!.length, 9));
        expected.forEach((reference, k) => {
          const what = `${set}: ${name}, result ${k}`;
          const own = errorOf(one[name]![k]!, reference, what);
          const limit = errorOf(stock[name]![k]!, reference, `TensorFlow: ${name}, result ${k}`);
          const scale = reference.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, Math.abs(b)) : a), 0);
          // One unit in the last place of the largest value: small cases may differ by one rounding.
          assert.ok(own <= limit + scale * 2 ** -23, `${what} has an error of ${own}, that of TensorFlow has ${limit}`);
        });
      }
    }
  });

  it('give the same bytes if the system refuses threads, and only fail if it refuses memory', async function () {
    if (process.platform !== 'linux') this.skip();
    for (const set of sets) {
      const free = await computeLimited('none', set);
      const refused = await computeLimited('threads', set);
      assert.ok(refused.started <= 0, 'the limit allows threads');
      assert.deepEqual(refused.values, free.values);
      assert.match((await computeLimited('memory', set)).error, /not enough memory for the sums of an operation/);
    }
  });

  it('are noted in a run, which says so if it resumes without them', async () => {
    const work = { model: 'mlp', data: { height: 4, width: 4, channels: 1, classes: 2 }, batchSize: 1 } as const;
    const again = async (change: (choice: BackendChoice) => BackendChoice) => {
      const options = { work, measure: () => assert.fail() };
      const { choice } = await chooseBackend('tensorflow', options);
      return (await chooseBackend('tensorflow', { ...options, began: change(choice) })).choice;
    };
    const same = await again((choice) => choice);
    assert.deepEqual([same.operations, same.mixed], [sets[0], undefined]);
    const changed = await again(({ operations: _, ...choice }) => choice);
    assert.deepEqual([changed.mixed, changed.deterministic], [true, false]);
    assert.match(
      changed.reason,
      /^This run used only the operations of TensorFlow before and uses our own .*\(\w+\) now/,
    );
  });
});
