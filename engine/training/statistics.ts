/** Running statistics of all batch norms as one vector on the backend: mean and unbiased variance of each layer in turn. */
import { add, concat1d, mul, slice1d, split, sub, tensor1d, zeros, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Backend, Cell, Fed } from '../backends/backend';
import type { Architecture } from '../models/network';
import { floats, type StateDict } from '../tensors';

/** PyTorch's default: running ← 0.9 · running + 0.1 · batch. */
const MOMENTUM = 0.1;

export interface BatchStatistics {
  mean: Tensor1D;
  /** Unbiased; undefined for a batch with a single value per channel, which has none (PyTorch refuses such a batch). */
  variance: Tensor1D | undefined;
}

/** Statistics of a batch, by the name of the layer. */
export type LayerStatistics = Map<string, BatchStatistics>;

/** The statistics that a layer normalizes with in eval mode, by the name of the layer. */
export type RunningLayerStatistics = Map<string, { mean: Tensor1D; variance: Tensor1D }>;

/** Frees the tensors. */
export function disposeStatistics(statistics: LayerStatistics): void {
  for (const { mean, variance } of statistics.values()) {
    mean.dispose();
    variance?.dispose();
  }
}

export class RunningStatistics {
  private readonly layers: readonly { name: string; channels: number }[];
  /** None in a network without batch norm. */
  private readonly running: Cell<Tensor1D> | undefined;
  private counter = 0n;
  /** Images since `restart`. */
  private images = 0;

  constructor(architecture: Architecture, backend: Backend) {
    this.layers = architecture.entries
      .filter(({ name }) => name.endsWith('.running_mean'))
      .map(({ name, shape }) => ({ name: name.replace(/\.running_mean$/, ''), channels: shape[0]! }));
    const channels = this.layers.reduce((sum, layer) => sum + layer.channels, 0);
    if (channels > 0) this.running = backend.createCell(zeros([2 * channels]));
  }

  get cells(): Cell[] {
    return this.running ? [this.running] : [];
  }

  load(tensors: StateDict): void {
    const values = this.layers.flatMap(({ name }) => [
      ...floats(tensors, `${name}.running_mean`),
      ...floats(tensors, `${name}.running_var`),
    ]);
    this.running?.replace(tensor1d(values, 'float32'));
    const counters = this.layers.map(({ name }) => tensors.get(`${name}.num_batches_tracked`)?.data[0]);
    this.counter = BigInt(counters[0] ?? 0);
  }

  /** The buffers by name, counters included. */
  async save(): Promise<StateDict> {
    const values = (await this.running?.read().data()) as Float32Array | undefined;
    const tensors: StateDict = new Map();
    let offset = 0;
    for (const { name, channels } of this.layers) {
      for (const statistic of ['running_mean', 'running_var']) {
        const data = values!.slice(offset, (offset += channels));
        tensors.set(`${name}.${statistic}`, { dtype: 'F32', shape: [channels], data });
      }
      tensors.set(`${name}.num_batches_tracked`, { dtype: 'I64', shape: [], data: BigInt64Array.of(this.counter) });
    }
    return tensors;
  }

  /** Remembers the statistics; the returned function restores them, bit for bit. */
  async remember(): Promise<() => void> {
    const values = ((await this.running?.read().data()) as Float32Array | undefined)?.slice();
    const { counter } = this;
    return () => {
      if (values) this.running?.replace(tensor1d(values));
      this.counter = counter;
    };
  }

  /** The statistics of each layer as tensors of their own, which the caller disposes. */
  read(): RunningLayerStatistics {
    if (!this.running) return new Map();
    const parts: Tensor1D[] = split(
      this.running.read(),
      this.layers.flatMap(({ channels }) => [channels, channels]),
    );
    return new Map(this.layers.map(({ name }, i) => [name, { mean: parts[2 * i]!, variance: parts[2 * i + 1]! }]));
  }

  /** Takes one batch into the running average; the batch itself is counted beside it, by `count`. */
  track(batch: LayerStatistics): void {
    this.mix(batch, MOMENTUM);
  }

  count(): void {
    this.counter++;
  }

  /** Begins an average over batches alone: the first replaces what was there. */
  restart(): void {
    this.counter = 0n;
    this.images = 0;
  }

  /**
   * Counts a batch and returns its `share` in the mean over all images since `restart`, as `update_bn` of dnn-mode-connectivity weighs batches.
   * For batches of one size it is exactly 1/n of the n-th, the plain mean over batches (PyTorch momentum=None) that the official code takes.
   */
  nextShare(size: number): number {
    this.counter++;
    this.images += size;
    return size / this.images;
  }

  /** running ← (1 − share) · running + share · batch. */
  mix(batch: LayerStatistics, share: Fed): void {
    if (!this.running) return;
    const running = this.running.read();
    this.running.replace(add(mul(running, sub(1, share)), mul(this.join(batch, running), share)));
  }

  dispose(): void {
    this.running?.dispose();
  }

  /** A variance that a batch does not have stays as it is. */
  private join(batch: LayerStatistics, running: Tensor1D): Tensor1D {
    let offset = 0;
    const parts = this.layers.flatMap(({ name, channels }) => {
      const { mean, variance } = batch.get(name)!;
      offset += 2 * channels;
      return [mean, variance ?? slice1d(running, offset - channels, channels)];
    });
    return concat1d(parts);
  }
}
