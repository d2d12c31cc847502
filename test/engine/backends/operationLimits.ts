/**
 * A program that computes with operations of Winning Sign on TensorFlow under a limit of the system, and prints JSON. `threads`: the system
 * refuses further threads, because a stack needs more memory than the process may still reserve. `memory`: the sums or copies of an
 * operation need more memory than the process may reserve.
 */
import { engine, zeros, type KernelBackend, type Tensor } from '@tensorflow/tfjs-core';
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
  /** The messages of operations that need too much memory. */
  errors: string[];
}

/** Lets the process reserve `bytes` more than it has. */
function limitMemory(bytes: number): void {
  const [pages] = readFileSync('/proc/self/statm', 'utf8').split(' ');
  execFileSync('prlimit', ['--pid', String(process.pid), `--as=${Number(pages) * 4096 + bytes}`]);
}

/** Executes an operation that has attributes of whole numbers. Returns its message, or '' if it succeeds. */
function messageOf(name: string, given: Record<string, number>, inputs: Tensor[], outputs: number): string {
  const backend = engine().backend as KernelBackend & NodeBackend;
  const type = backend.binding.TF_ATTR_INT;
  const attributes = Object.entries(given).map(([attribute, value]) => ({ name: attribute, type, value }));
  try {
    backend.executeMultipleOutputs(name, attributes, inputs, outputs);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

/** The result of 1 GiB fits into the limit of 8 GiB, but the sums of 32 images do not. */
function exhaustSums(): string {
  const size = 2 ** 14;
  const attributes = { stride: 1, padding: size / 2, rows: size, columns: size };
  const inputs = [zeros([32, 1, 1, 1]), zeros([32, 2, 2, 1])];
  limitMemory(2 ** 33);
  return messageOf('SignDepthwiseFilterGradient', attributes, inputs, 1);
}

/** The gradient of a weight of 2 GiB fits into the limit of 4 GiB, but the copies that its parts need have at least 4 GiB. */
function exhaustCopies(): string {
  const inputs = [zeros([1, 2 ** 23]), zeros([1, 64])];
  limitMemory(2 ** 32);
  return messageOf('SignLinearGradient', {}, inputs, 2);
}

async function main(): Promise<void> {
  const limit = process.argv[2];
  await startBackend('tensorflow');
  const threads = () => readdirSync('/proc/self/task').length;
  const before = threads();
  if (limit === 'threads') limitMemory(2 ** 29);
  const values = results(CASES['batchNormRelu']!);
  const started = threads() - before;
  const errors = limit === 'memory' ? [exhaustSums(), exhaustCopies()] : [];
  console.log(JSON.stringify({ started, values, errors } satisfies LimitedValues));
}

void main();
