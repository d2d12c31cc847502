/**
 * A program that computes with operations of Winning Sign on TensorFlow under a limit of the system, and prints JSON. `threads`: the system
 * refuses further threads, because a stack needs more memory than the process may still reserve. `memory`: the sums of an operation
 * need more memory than the process may reserve.
 */
import { engine, zeros, type KernelBackend } from '@tensorflow/tfjs-core';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { startBackend } from '../../../engine/backends/startBackend';
import type { NodeBackend } from '../../../engine/backends/tensorflow/executor';
import { CASES, results } from './operationValues';

/** What the program prints. */
export interface LimitedValues {
  /** The growth of the number of threads. Other threads may end meanwhile. */
  started: number;
  /** The results of a case, as in `OperationValues`. */
  values: string[];
  /** The message of the operation that needs too much memory. */
  error: string;
}

/** Lets the process reserve `bytes` more than it has. */
function limitMemory(bytes: number): void {
  const [pages] = readFileSync('/proc/self/statm', 'utf8').split(' ');
  execFileSync('prlimit', ['--pid', String(process.pid), `--as=${Number(pages) * 4096 + bytes}`]);
}

/** Returns the message of an operation that fails: its result of 1 GiB fits into the limit, but its sums of 32 images do not. */
function exhaustMemory(): string {
  const backend = engine().backend as KernelBackend & NodeBackend;
  const size = 2 ** 14;
  const given = { stride: 1, padding: size / 2, rows: size, columns: size };
  const attributes = Object.entries(given).map(([name, value]) => ({ name, type: backend.binding.TF_ATTR_INT, value }));
  const inputs = [zeros([32, 1, 1, 1]), zeros([32, 2, 2, 1])];
  try {
    backend.executeMultipleOutputs('SignDepthwiseFilterGradient', attributes, inputs, 1);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

async function main(): Promise<void> {
  const limit = process.argv[2];
  await startBackend('tensorflow');
  const threads = () => readdirSync('/proc/self/task').length;
  const before = threads();
  if (limit === 'threads') limitMemory(2 ** 29);
  const values = results(CASES['batchNormRelu']!);
  const started = threads() - before;
  if (limit === 'memory') limitMemory(2 ** 33);
  const error = limit === 'memory' ? exhaustMemory() : '';
  console.log(JSON.stringify({ started, values, error } satisfies LimitedValues));
}

void main();
