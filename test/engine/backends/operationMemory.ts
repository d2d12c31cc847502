/**
 * A program that runs operations of Winning Sign in a TensorFlow graph, each on the result of the one before, and prints JSON. In a graph,
 * an operation may write over a result that nothing else needs.
 */
import { engine, ones, type KernelBackend } from '@tensorflow/tfjs-core';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startBackend } from '../../../engine/backends/startBackend';
import type { NodeBackend } from '../../../engine/backends/tensorflow/executor';
import { tensorOf, writeSavedModel, type Feed } from '../../../engine/backends/tensorflow/graph';
import type { Operation } from '../../../engine/backends/tensorflow/record';

/** What the program prints. */
export interface GrownMemory {
  /** How much the memory of the process grew while the operations ran, as a multiple of the memory of one result. */
  results: number;
}

const SIZE = 64;
const BYTES = 4 * SIZE ** 4;
const OPERATIONS = 5;

/** Returns the greatest memory of this process so far, in bytes. */
function peak(): number {
  return 1024 * Number(/^VmHWM:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]);
}

function load({ binding }: NodeBackend, feeds: readonly Feed[]): number {
  const [x, ...rest] = feeds.map(({ id }) => id) as [number, ...number[]];
  const attributes = [
    { name: 'epsilon', type: binding.TF_ATTR_FLOAT, value: 1e-5 },
    { name: 'relu', type: binding.TF_ATTR_BOOL, value: false },
  ];
  const operations = Array.from({ length: OPERATIONS }, (_, i): Operation => {
    const inputs = [i === 0 ? x : -i, ...rest];
    return { name: 'SignNormalize', attributes, inputs, outputs: [-i - 1], shapes: [feeds[0]!.shape] };
  });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-memory-'));
  try {
    const bytes = writeSavedModel({ recording: { constants: [], operations }, feeds, variables: [] }, binding);
    writeFileSync(path.join(folder, 'saved_model.pb'), bytes);
    return binding.loadSavedModel(folder, 'serve');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  await startBackend('tensorflow');
  const backend = engine().backend as KernelBackend & NodeBackend;
  const tensors = [[SIZE, SIZE, SIZE, SIZE], [SIZE], [SIZE], [SIZE], [SIZE]].map((shape) => ones(shape));
  const ids = backend.getInputTensorIds(tensors);
  const dtype = backend.binding.TF_FLOAT;
  const feeds = tensors.map(({ shape }, i): Feed => ({ name: `input${i}`, id: ids[i]!, shape, dtype }));
  const session = load(backend, feeds);
  const before = peak();
  backend.binding.runSavedModel(session, ids, feeds.map(tensorOf).join(','), `operation${OPERATIONS - 1}:0`);
  console.log(JSON.stringify({ results: (peak() - before) / BYTES } satisfies GrownMemory));
}

void main();
