/** Implements the trainer: one network with its optimizer on a backend. */
import { dispose, tensor1d, tensor4d } from '@tensorflow/tfjs-core';
import {
  SLOTS,
  type Backend,
  type Compiled,
  type OptimizerOptions,
  type ParameterValues,
  type ParameterVector,
} from '../backends/backend';
import type { DrawNumber } from '../backends/operations/dropout';
import type { Batch, Batches } from '../datasets/dataset';
import { emptyBuffers, emptyMasks, unusedOf } from '../models/initialize';
import type { Architecture } from '../models/network';
import type { Measured } from '../vocabulary/runEvents';
import { floats, type Masks, type NetworkState, type StateDict } from '../tensors';
import { breathe } from './breathe';
import { compileComputations, type Computations } from './computations';
import { EvaluationMeter, TrainingMeter } from './meter';
import { alphasOf, layoutOf, maskOf, pack, packAsRead, unpack, type Layout } from './layout';
import { MOMENTUM, RunningStatistics } from './statistics';
import type {
  StoredState,
  Trainer,
  TrainerOptions,
  TrainerStepOptions,
  TrainingMeasured,
  TrainingState,
} from './trainer';

/** Creates a trainer without parameters. Call `load` before anything else. */
export function createTrainer(options: TrainerOptions): Trainer {
  return new TensorTrainer(options);
}

/** Greatest number of queued steps. It is large enough that a device never waits for the next step. */
const MOST_QUEUED = 3;

class TensorTrainer implements Trainer {
  private readonly backend: Backend;
  private readonly architecture: Architecture;
  private readonly optimizer: OptimizerOptions;
  private readonly layout: Layout;
  private readonly parameters: ParameterVector;
  private readonly statistics: RunningStatistics;
  private readonly initial: Float32Array;
  private readonly training: TrainingMeter;
  private readonly evaluation: EvaluationMeter;
  private readonly computations: Computations;
  private masks: Masks = new Map();
  /** The entries that the forward pass does not use. They keep their values. */
  private unused: StateDict = new Map();
  /** Promises that resolve when the newest steps are done. */
  private readonly queued: Promise<void>[] = [];

  constructor({ architecture, backend, optimizer, initial }: TrainerOptions) {
    this.backend = backend;
    this.architecture = architecture;
    this.optimizer = optimizer;
    this.layout = layoutOf(architecture);
    this.parameters = backend.createParameters(this.layout.segments, optimizer);
    this.statistics = new RunningStatistics(architecture, backend);
    this.training = new TrainingMeter(backend);
    this.evaluation = new EvaluationMeter(backend, architecture.data.classes);
    this.initial = pack(this.layout, this.zeros(), ({ name, role }) =>
      role === 'normalization' ? floats(initial, name) : undefined,
    );
    const { parameters, statistics, training, evaluation, layout } = this;
    this.computations = compileComputations(backend, {
      ...{ architecture, parameters, statistics, training, evaluation },
      names: layout.entries.map(({ name }) => name),
    });
  }

  load({ tensors, masks, optimizer }: NetworkState & Partial<TrainingState>): void {
    const slot = (kind: string) =>
      pack(this.layout, this.zeros(), ({ name }) => optimizer && floats(optimizer.slots, `${kind}/${name}`));
    const values = pack(this.layout, this.zeros(), ({ name }) => floats(tensors, name));
    const slots = SLOTS[this.optimizer.kind].map(slot);
    this.replace({ values, slots, steps: optimizer?.steps ?? 0 }, masks, tensors);
  }

  async loadStored(stored: StoredState): Promise<void> {
    const { layout, architecture } = this;
    const kinds = SLOTS[this.optimizer.kind];
    // All memory is allocated first, so that a failure to allocate is thrown before anything is read.
    const [values, slots] = [this.zeros(), kinds.map(() => this.zeros())];
    const aside = new Float32Array(Math.max(...layout.segments.map(({ size }) => size)));
    const [masks, buffers] = [emptyMasks(architecture), emptyBuffers(architecture)];
    await Promise.all([
      packAsRead(layout, { into: values, aside }, (name, place) => stored.tensor(name, place)),
      ...slots.map((into, i) =>
        packAsRead(layout, { into, aside }, (name, place) => stored.slot(`${kinds[i]!}/${name}`, place)),
      ),
      ...Array.from(masks, ([layer, mask]) => stored.mask(layer, mask)),
      ...Array.from(buffers, ([name, buffer]) => stored.tensor(name, buffer)),
    ]);
    const bits: Masks = new Map(Array.from(masks, ([layer, { data }]) => [layer, data]));
    this.replace({ values, slots, steps: stored.steps }, bits, buffers);
  }

  async save(): Promise<TrainingState> {
    const { values, slots, steps } = await this.parameters.read();
    const unpacked = unpack(this.layout, values);
    const named = SLOTS[this.optimizer.kind].flatMap((kind, i) =>
      [...unpack(this.layout, slots[i]!)].map(([name, slot]) => [`${kind}/${name}`, slot] as const),
    );
    const tensors = new Map([...unpacked, ...(await this.statistics.save()), ...this.unused]);
    return {
      tensors: new Map(this.architecture.entries.map(({ name }) => [name, tensors.get(name)!])),
      masks: this.masks,
      optimizer: { steps, slots: new Map(named) },
    };
  }

  step(batch: Batch, { draws, alpha, learningRate }: TrainerStepOptions): void {
    const { step, drawnStep } = this.computations;
    const alphas = typeof alpha === 'number' ? undefined : alphasOf(this.layout, alpha);
    const update = this.parameters.nextUpdate({ learningRate, alpha: typeof alpha === 'number' ? alpha : 0 });
    if (draws && this.architecture.draws) this.run(drawnStep, batch, { ...update, ...draws }, alphas);
    else this.run(step, batch, update, alphas);
    this.statistics.count();
    this.training.count(batch.size);
    this.queued.push(this.backend.settled());
  }

  async ready(): Promise<void> {
    while (this.queued.length > MOST_QUEUED) await this.queued.shift();
  }

  async takeMeasured(): Promise<TrainingMeasured> {
    return this.training.take();
  }

  async evaluate(batches: Batches): Promise<Measured> {
    for await (const batch of batches) {
      this.run(this.computations.evaluate, batch, {});
      this.evaluation.count(batch.size);
      await breathe();
    }
    return this.evaluation.take();
  }

  async reestimateNormalization(batches: Batches): Promise<void> {
    this.statistics.restart();
    for await (const batch of batches) {
      this.run(this.computations.reestimate, batch, { share: this.statistics.nextShare(batch.size) });
      await breathe();
    }
  }

  async trackNormalization(batches: Batches, drawsOf: (batch: number) => Record<DrawNumber, number>): Promise<void> {
    this.statistics.reset();
    const { reestimate, drawnReestimate } = this.computations;
    let number = 0;
    for await (const batch of batches) {
      if (this.architecture.draws) this.run(drawnReestimate, batch, { share: MOMENTUM, ...drawsOf(number++) });
      else this.run(reestimate, batch, { share: MOMENTUM });
      this.statistics.count();
      await breathe();
    }
  }

  async evaluateReestimated(training: Batches, test: Batches): Promise<Measured> {
    const restore = await this.statistics.remember();
    try {
      await this.reestimateNormalization(training);
      return await this.evaluate(test);
    } finally {
      restore();
    }
  }

  dispose(): void {
    const { parameters, statistics, training, evaluation, computations } = this;
    const { step, drawnStep, evaluate, reestimate, drawnReestimate } = computations;
    const compiled = [step, drawnStep, evaluate, reestimate, drawnReestimate];
    for (const owner of [parameters, statistics, training, evaluation, ...compiled]) owner.dispose();
  }

  private run<Name extends string>(
    computation: Compiled<Name>,
    batch: Batch,
    ...[numbers, alphas]: [numbers: Record<Name, number>, alphas?: Float32Array | undefined]
  ): void {
    const { height, width, channels } = this.architecture.data;
    const images = tensor4d(batch.images, [batch.size, height, width, channels]);
    const labels = tensor1d(batch.labels, 'int32');
    const tensors = [images, labels, ...(alphas ? [tensor1d(alphas, 'float32')] : [])];
    computation.run(tensors, numbers);
    dispose(tensors);
  }

  private replace(parameters: ParameterValues, masks: Masks, buffers: StateDict): void {
    const mask = pack(this.layout, new Uint8Array(this.layout.size), ({ name, prunable }) =>
      prunable ? maskOf(masks, name) : undefined,
    );
    this.masks = masks;
    this.unused = unusedOf(this.architecture, buffers);
    this.parameters.load({ ...parameters, mask, initial: this.initial });
    this.statistics.load(buffers);
  }

  private zeros(): Float32Array {
    return new Float32Array(this.layout.size);
  }
}
