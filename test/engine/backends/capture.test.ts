import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  add,
  cast,
  findBackend,
  type KernelBackend,
  memory,
  mul,
  ones,
  relu,
  scalar,
  square,
  sum,
  tensor1d,
  type Tensor1D,
} from '@tensorflow/tfjs-core';
import type { Backend, Cell, Fed } from '../../../engine/backends/backend';
import type { Binding } from '../../../engine/backends/tensorflow/executor';
import { startBackend } from '../../../engine/backends/startBackend';
import { reportBackends } from '../../../engine/backends/report';

type Addon = Pick<Binding, 'runSavedModel'> & { deleteTensor(id: number): void };

describe('a computation captured by tensorflow', function () {
  this.timeout(60_000);
  let backend: Backend;
  let tensors: number;

  before(async function () {
    const report = (await reportBackends()).find(({ name }) => name === 'tensorflow')!;
    if (!report.usable) {
      console.log(`    skipped: ${report.problem}`);
      this.skip();
    }
    backend = await startBackend('tensorflow');
  });
  beforeEach(() => {
    tensors = memory().numTensors;
  });
  afterEach(() => {
    assert.equal(memory().numTensors, tensors, 'tensors leaked');
  });

  /** Makes a computation of total ← total + factor · Σ relu(x). It counts the calls of its function. */
  function accumulate() {
    const total = backend.createCell(tensor1d([0]));
    const unused = backend.createCell(tensor1d([7]));
    const counted = { eagerly: 0 };
    const compiled = backend.compile<'factor'>({
      cells: [total, unused],
      run([x], { factor }) {
        counted.eagerly++;
        total.replace(add(total.read(), mul(sum(relu(x!)), factor)));
      },
    });
    const run = (values: number[], factor: number) => {
      const x = tensor1d(values);
      compiled.run([x], { factor });
      x.dispose();
    };
    const end = () => {
      compiled.dispose();
      total.dispose();
      unused.dispose();
    };
    return { total, unused, compiled, run, end, counted };
  }

  const valueOf = (cell: Cell<Tensor1D>) => cell.read().dataSync()[0];

  it('runs its recording with other tensors and numbers', () => {
    const { total, run, end, counted } = accumulate();
    run([1, 2], 1);
    assert.equal(valueOf(total), 3);
    run([-5, 4], 0.5);
    run([10, 10], 0);
    assert.equal(valueOf(total), 5);
    assert.equal(counted.eagerly, 1);
    end();
  });

  it('is recorded again for tensors of another shape, with the same cells', () => {
    const { total, run, end, counted } = accumulate();
    run([1, 2], 1);
    run([1, 2, 3], 1);
    run([1, 2], 1);
    run([1, 2, 3], 1);
    assert.equal(valueOf(total), 18);
    assert.equal(counted.eagerly, 2);
    end();
  });

  it('uses a value that was put into a cell between two runs', () => {
    const { total, unused, run, end } = accumulate();
    run([1, 2], 1);
    total.replace(tensor1d([100]));
    run([1, 2], 1);
    assert.equal(valueOf(total), 103);
    assert.equal(valueOf(unused), 7);
    end();
  });

  it('keeps the values of its cells when it is disposed', () => {
    const { total, unused, compiled, run } = accumulate();
    run([1, 2], 1);
    compiled.dispose();
    assert.equal(valueOf(total), 3);
    assert.equal(valueOf(unused), 7);
    total.dispose();
    unused.dispose();
  });

  it('keeps a tensor that a variable was set from until the variable has another value', () => {
    const { total, unused, run, end } = accumulate();
    const node = findBackend('tensorflow') as KernelBackend & { binding: Addon };
    const addon = node.binding;
    const seen: (string | number)[] = [];
    const watched: Partial<Addon> = {
      runSavedModel(id, inputs, names, outputs) {
        if (names.includes('cell')) seen.push(...inputs);
        seen.push(outputs);
        return addon.runSavedModel(id, inputs, names, outputs);
      },
      deleteTensor(id) {
        if (seen.includes(id)) seen.push(-id);
        addon.deleteTensor(id);
      },
    };
    node.binding = Object.create(addon, Object.getOwnPropertyDescriptors(watched)) as Addon;
    try {
      run([1, 2], 1);
      run([1, 2], 1);
      total.replace(tensor1d([100]));
      run([1, 2], 1);
    } finally {
      node.binding = addon;
    }
    const [first, second] = seen.filter((one) => typeof one === 'number' && one > 0) as [number, number];
    const load = 'cell0/loaded:0';
    assert.deepEqual(seen, [first, load, 'done:0', -first, 'done:0', second, load, 'done:0', -second]);
    assert.equal(valueOf(unused), 7);
    end();
  });

  it('frees the results of its recording before its end', () => {
    const node = findBackend('tensorflow') as KernelBackend & { binding: Binding };
    const addon = node.binding;
    const sizes = new Map<number, number>();
    let most = 0;
    const watched: Partial<Binding> = {
      executeOp(...call) {
        const outputs = addon.executeOp(...call);
        for (const { id, shape } of outputs) sizes.set(id, shape.reduce((a, b) => a * b, 1)); // prettier-ignore
        most = Math.max(most, [...sizes.values()].reduce((a, b) => a + b, 0)); // prettier-ignore
        return outputs;
      },
      deleteTensor(id) {
        sizes.delete(id);
        addon.deleteTensor(id);
      },
    };
    const total = backend.createCell(scalar(0));
    const side = 300;
    const compiled = backend.compile({
      cells: [total],
      run: ([x]) => {
        let y = x!;
        for (let i = 0; i < 20; i++) y = relu(add(y, x!));
        total.replace(add(total.read(), sum(mul(y, cast(cast(y, 'int32'), 'float32')))));
      },
    });
    const x = ones([side, side]);
    node.binding = Object.create(addon, Object.getOwnPropertyDescriptors(watched)) as Binding;
    try {
      compiled.run([x], {});
    } finally {
      node.binding = addon;
    }
    assert.equal(total.read().dataSync()[0], (side * 21) ** 2);
    assert.ok(most < 4 * side * side, `${most} values at a time`);
    for (const owner of [x, compiled, total]) owner.dispose();
    assert.deepEqual([...sizes.values()].filter((size) => size > 1), []); // prettier-ignore
  });

  it('leaves no files', () => {
    const { run, end } = accumulate();
    run([1, 2], 1);
    end();
    assert.deepEqual(
      readdirSync(os.tmpdir()).filter((name) => name.startsWith(`winning-sign-graph-${process.pid}-`)),
      [],
    );
  });

  for (const [what, factorOf] of [
    ['reads a value', (x: Tensor1D): Fed => x.dataSync()[0]!],
    ['uses a tensor that is not an argument', (): Fed => outside],
  ] as const)
    it(`runs operation by operation, with a warning, if it ${what}`, async () => {
      outside = scalar(1);
      square(outside).dispose(); // it is TensorFlow's now
      const total = backend.createCell(tensor1d([0]));
      const compiled = backend.compile({
        cells: [total],
        run: ([x]) => {
          total.replace(add(total.read(), mul(x!, factorOf(x as Tensor1D))));
        },
      });
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve));
      const x = tensor1d([1]);
      compiled.run([x], {});
      compiled.run([x], {});
      assert.match((await warned).message, /operation by operation/);
      assert.equal(valueOf(total), 2);
      for (const owner of [x, outside, compiled, total]) owner.dispose();
    });

  let outside: ReturnType<typeof scalar>;

  for (const model of ['convnet', 'mixer'])
    it(`trains ${model} to the same bytes in two processes`, async () => {
      const program = path.resolve('out/test/engine/backends/trainAndHash.js');
      const hash = () => promisify(execFile)(process.execPath, [program, 'tensorflow', model], { timeout: 60_000 });
      const [first, second] = [await hash(), await hash()];
      assert.match(first.stdout, /[0-9a-f]{16}\n$/);
      assert.equal(second.stdout, first.stdout);
    });
});
