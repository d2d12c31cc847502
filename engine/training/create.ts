/** The trainer: one network with its optimizer on a backend. */
import { dispose, keep, tensor1d, tensor4d, tidy, valueAndGrads } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor } from '@tensorflow/tfjs-core';
import { SLOTS, type Backend, type OptimizerOptions, type ParameterVector } from '../backends/backend';
import { crossEntropy, type ClassificationLoss } from '../backends/operations/loss';
import type { Batch } from '../datasets/dataset';
import type { Architecture } from '../models/network';
import type { Measured } from '../protocol';
import { floats, type NetworkState, type StateDict } from '../tensors';
import { forwardContext, type Normalization } from './forward';
import { Meter } from './meter';
import { layoutOf, pack, unpack, type Layout } from './layout';
import { disposeStatistics, RunningStatistics, type LayerStatistics } from './statistics';
import type { StepOptions, Trainer, TrainingState } from './trainer';

export interface TrainerOptions {
  architecture: Architecture;
  backend: Backend;
  optimizer: OptimizerOptions;
  /** θ_init: aws interpolates to the ψ of it. */
  initial: StateDict;
}

/** A trainer that has no parameters yet: `load` comes first. */
export function createTrainer(options: TrainerOptions): Trainer {
  return new TensorTrainer(options);
}

class TensorTrainer implements Trainer {
  private readonly architecture: Architecture;
  private readonly optimizer: OptimizerOptions;
  private readonly layout: Layout;
  private readonly parameters: ParameterVector;
  private readonly statistics: RunningStatistics;
  private readonly initial: Float32Array;
  private readonly training = new Meter();
  private masks: NetworkState['masks'] = new Map();

  constructor({ architecture, backend, optimizer, initial }: TrainerOptions) {
    this.architecture = architecture;
    this.optimizer = optimizer;
    this.layout = layoutOf(architecture);
    this.parameters = backend.createParameters(this.layout.segments, optimizer);
    this.statistics = new RunningStatistics(architecture);
    this.initial = pack(this.layout, ({ name }) => floats(initial, name));
  }

  load({ tensors, masks, optimizer }: NetworkState & Partial<TrainingState>): void {
    const slot = (kind: string) =>
      pack(this.layout, ({ name }) => optimizer && floats(optimizer.slots, `${kind}/${name}`));
    this.masks = masks;
    this.parameters.load({
      values: pack(this.layout, ({ name }) => floats(tensors, name)),
      mask: pack(this.layout, ({ name, prunable }) => (prunable ? this.maskOf(name) : undefined)),
      initial: this.initial,
      slots: SLOTS[this.optimizer.kind].map(slot),
      steps: optimizer?.steps ?? 0,
    });
    this.statistics.load(tensors);
  }

  async save(): Promise<TrainingState> {
    const { values, slots, steps } = await this.parameters.read();
    const tensors = new Map([...unpack(this.layout, values), ...(await this.statistics.save())]);
    const named = SLOTS[this.optimizer.kind].flatMap((kind, i) =>
      [...unpack(this.layout, slots[i]!)].map(([name, slot]) => [`${kind}/${name}`, slot] as const),
    );
    return {
      tensors: new Map(this.architecture.entries.map(({ name }) => [name, tensors.get(name)!])),
      masks: this.masks,
      optimizer: { steps, slots: new Map(named) },
    };
  }

  step(batch: Batch, { learningRate, alpha }: StepOptions): void {
    tidy(() => {
      const collect: LayerStatistics = new Map();
      let correct: Scalar | undefined;
      const differentiate = valueAndGrads((...composed: Tensor[]): Scalar => {
        const measured = this.classify(batch, composed, { collect });
        correct = keep(measured.correct);
        return measured.loss;
      });
      const { grads, value } = differentiate(this.parameters.compose(alpha));
      this.parameters.update(grads, { learningRate, alpha });
      this.statistics.track(collect);
      disposeStatistics(collect);
      this.training.add({ loss: value, correct: correct! }, batch.size);
      correct!.dispose();
    });
  }

  async takeMeasured(): Promise<Measured & { steps: number; examples: number }> {
    return this.training.take();
  }

  async evaluate(batches: Iterable<Batch>): Promise<Measured> {
    const meter = new Meter();
    const composed = this.parameters.compose(0);
    const running = this.statistics.read();
    for (const batch of batches) {
      tidy(() => {
        meter.add(this.classify(batch, composed, { running }), batch.size);
      });
      await breathe();
    }
    dispose(composed);
    disposeStatistics(running);
    const { loss, accuracy } = await meter.take();
    return { loss, accuracy };
  }

  async reestimateNormalization(batches: Iterable<Batch>): Promise<void> {
    const composed = this.parameters.compose(0);
    this.statistics.restart();
    for (const batch of batches) {
      tidy(() => {
        const collect: LayerStatistics = new Map();
        this.classify(batch, composed, { collect });
        this.statistics.accumulate(collect);
        disposeStatistics(collect);
      });
      await breathe();
    }
    dispose(composed);
  }

  dispose(): void {
    this.parameters.dispose();
    this.statistics.dispose();
    this.training.dispose();
  }

  private classify(batch: Batch, composed: Tensor[], normalization: Normalization): ClassificationLoss {
    const { height, width, channels } = this.architecture.data;
    const images = tensor4d(batch.images, [batch.size, height, width, channels]);
    const named = new Map(this.layout.entries.map((entry, i) => [entry.name, composed[i]!]));
    const logits = this.architecture.forward(images, forwardContext(named, normalization));
    return crossEntropy(logits, tensor1d(batch.labels, 'int32'));
  }

  private maskOf(weight: string): Uint8Array {
    const mask = this.masks.get(weight.replace(/\.weight$/, ''));
    if (!mask) throw new Error(`no mask for ${weight}`);
    return mask;
  }
}

/** Native and WASM steps are synchronous: without this a long loop would hear neither signals nor messages. */
function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
