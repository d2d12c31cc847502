/** Running statistics of all batch norms as one vector on the backend: the mean and unbiased variance of each layer, one layer after another. */
import { add, concat1d, mul, slice1d, split, sub, tensor1d, zeros, type Tensor1D } from '@tensorflow/tfjs-core';
import type { Backend, Cell, Fed } from '../backends/backend';
import type { Architecture } from '../models/network';
import { floats, type StateDict } from '../tensors';

/** The default of PyTorch: running ← 0.9 · running + 0.1 · batch. An entry may have another momentum. */
export const MOMENTUM = 0.1;

export interface BatchStatistics {
  mean: Tensor1D;
  /** The unbiased variance. Undefined for a batch with a single value per channel, which PyTorch refuses. */
  variance: Tensor1D | undefined;
}

/** The statistics of a batch, by the name of the layer. A forward pass in train mode fills this map. */
export type LayerStatistics = Map<string, BatchStatistics>;

/** The statistics for normalization in eval mode, by the name of the layer. */
export type RunningLayerStatistics = Map<string, { mean: Tensor1D; variance: Tensor1D }>;

/** Frees the tensors. */
export function disposeStatistics(statistics: LayerStatistics): void {
  for (const { mean, variance } of statistics.values()) {
    mean.dispose();
    variance?.dispose();
  }
}

export class RunningStatistics {
  private readonly layers: readonly { name: string; channels: number; momentum: number }[];
  /** Undefined in a network without batch norm. */
  private readonly running: Cell<Tensor1D> | undefined;
  private counter = 0n;
  /** Number of images since `restart`. */
  private images = 0;

  constructor(architecture: Architecture, backend: Backend) {
    this.layers = architecture.entries
      .filter(({ name, unused }) => name.endsWith('.running_mean') && !unused)
      .map(({ name, shape, momentum = MOMENTUM }) => ({
        ...{ name: name.replace(/\.running_mean$/, ''), channels: shape[0]!, momentum },
      }));
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

  /** Returns the buffers by name: running statistics and the counter of batches. */
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

  /** Saves the statistics in memory. The returned function restores them bit for bit. */
  async remember(): Promise<() => void> {
    const values = ((await this.running?.read().data()) as Float32Array | undefined)?.slice();
    const { counter } = this;
    return () => {
      if (values) this.running?.replace(tensor1d(values));
      this.counter = counter;
    };
  }

  /** Returns the statistics of each layer as separate tensors, which the caller disposes. */
  read(): RunningLayerStatistics {
    if (!this.running) return new Map();
    const parts: Tensor1D[] = split(
      this.running.read(),
      this.layers.flatMap(({ channels }) => [channels, channels]),
    );
    return new Map(this.layers.map(({ name }, i) => [name, { mean: parts[2 * i]!, variance: parts[2 * i + 1]! }]));
  }

  /** Adds one batch to the running average. Also call `count` for each batch. */
  track(batch: LayerStatistics): void {
    this.mix(batch, this.momentum());
  }

  /** The weight of a new batch: a number if it is the same in all layers, else one for each statistic. */
  private momentum(): number | Tensor1D {
    const [first = MOMENTUM, ...others] = this.layers.map(({ momentum }) => momentum);
    if (others.every((other) => other === first)) return first;
    const each = this.layers.flatMap(({ channels, momentum }) => Array<number>(2 * channels).fill(momentum));
    return tensor1d(each, 'float32');
  }

  count(): void {
    this.counter++;
  }

  /** Sets the statistics to those of a new network: mean 0 and variance 1. */
  reset(): void {
    this.counter = 0n;
    const fresh = this.layers.flatMap(({ channels }) => [
      ...new Float32Array(channels),
      ...new Float32Array(channels).fill(1),
    ]);
    this.running?.replace(tensor1d(fresh, 'float32'));
  }

  /** Starts a new average. The first batch then replaces the old statistics. */
  restart(): void {
    this.counter = 0n;
    this.images = 0;
  }

  /**
   * Counts a batch and returns its `share`: its part of all images since `restart`, like `update_bn` of dnn-mode-connectivity. For
   * batches of equal size, the share of the n-th batch is exactly 1/n. The result is then the plain mean over batches, as in the
   * official code (PyTorch momentum=None).
   */
  nextShare(size: number): number {
    this.counter++;
    this.images += size;
    return size / this.images;
  }

  /** Computes running ← (1 − share) · running + share · batch. */
  mix(batch: LayerStatistics, share: Fed | Tensor1D): void {
    if (!this.running) return;
    const running = this.running.read();
    this.running.replace(add(mul(running, sub(1, share)), mul(this.join(batch, running), share)));
  }

  dispose(): void {
    this.running?.dispose();
  }

  /** Returns the statistics of a batch as one vector. If the batch has no variance, the old variance is kept. */
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
