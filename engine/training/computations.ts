/** The computations of a trainer: a training step, an evaluation, and passes that measure batch-norm statistics. */
import { dispose, keep, valueAndGrads } from '@tensorflow/tfjs-core';
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import type { Alpha, Backend, Compiled, Fed, ParameterVector, UpdateNumber } from '../backends/backend';
import { drawKey, type DrawNumber } from '../backends/operations/dropout';
import { crossEntropy } from '../backends/operations/loss';
import type { Architecture } from '../models/network';
import { forwardContext, type Mode } from './forward';
import type { EvaluationMeter, TrainingMeter } from './meter';
import { disposeStatistics, type LayerStatistics, type RunningStatistics } from './statistics';

export interface Computations {
  step: Compiled<UpdateNumber>;
  /** A step with dropout. */
  drawnStep: Compiled<UpdateNumber | DrawNumber>;
  evaluate: Compiled<never>;
  /** A forward pass in train mode: `share` is the share of its statistics in the running statistics. */
  reestimate: Compiled<'share'>;
  /** Like `reestimate`, with dropout. */
  drawnReestimate: Compiled<'share' | DrawNumber>;
}

/** What the computations read and replace. */
export interface TrainerParts {
  architecture: Architecture;
  parameters: ParameterVector;
  /** Names of the parameters, in the order in which `parameters` composes them. */
  names: readonly string[];
  statistics: RunningStatistics;
  /** Sums of the training steps. */
  training: TrainingMeter;
  /** Sums of the evaluation. */
  evaluation: EvaluationMeter;
}

/** Compiles the computations for a backend. Each takes the tensors [images, labels] of a batch. A step may also take a
 * vector with an α for each value of ψ, which then replaces the number α. */
export function compileComputations(backend: Backend, parts: TrainerParts): Computations {
  const { parameters, statistics, training, evaluation } = parts;
  const cells = [...parameters.cells, ...statistics.cells];
  const trained = [...cells, training.cell];
  return {
    step: backend.compile({
      cells: trained,
      run: (inputs, numbers) => {
        computeStep(parts, inputs, { numbers });
      },
    }),
    drawnStep: backend.compile({
      cells: trained,
      run: (inputs, numbers) => {
        computeStep(parts, inputs, { numbers, key: drawKey(numbers) });
      },
    }),
    evaluate: backend.compile({
      cells: [...cells, evaluation.cell],
      run: (inputs) => {
        const logits = classify(parts, inputs, parameters.compose(0), { running: statistics.read() });
        evaluation.add(logits, inputs[1] as Tensor1D);
      },
    }),
    reestimate: backend.compile({
      cells,
      run: (inputs, { share }) => {
        computeStatistics(parts, inputs, { share });
      },
    }),
    drawnReestimate: backend.compile({
      cells,
      run: (inputs, { share, ...draws }) => {
        computeStatistics(parts, inputs, { share, key: drawKey(draws) });
      },
    }),
  };
}

function computeStep(
  parts: TrainerParts,
  inputs: readonly Tensor[],
  { numbers, key }: { numbers: Record<UpdateNumber, Fed>; key?: Tensor1D },
): void {
  const { parameters, statistics, training } = parts;
  const alpha: Alpha = (inputs[2] as Tensor1D | undefined) ?? numbers.alpha;
  const collect: LayerStatistics = new Map();
  let correct: Scalar | undefined;
  const differentiate = valueAndGrads((...composed: Tensor[]): Scalar => {
    const logits = classify(parts, inputs, composed, { collect, ...(key && { key }) });
    const measured = crossEntropy(logits, inputs[1] as Tensor1D);
    correct = keep(measured.correct);
    return measured.loss;
  });
  const { grads, value } = differentiate(parameters.compose(alpha));
  const gradientNorm = parameters.update(grads, { ...numbers, alpha });
  statistics.track(collect);
  disposeStatistics(collect);
  training.add({ loss: value, correct: correct! }, gradientNorm, inputs[0]!.shape[0]);
  dispose([correct!, gradientNorm]);
}

/** Adds the statistics of a batch to the running statistics. */
function computeStatistics(
  parts: TrainerParts,
  inputs: readonly Tensor[],
  { share, key }: { share: Fed; key?: Tensor1D },
): void {
  const collect: LayerStatistics = new Map();
  classify(parts, inputs, parts.parameters.compose(0), { collect, ...(key && { key }) });
  parts.statistics.mix(collect, share);
  disposeStatistics(collect);
}

/** Returns the logits of the images, which are the first of the inputs. */
function classify(
  { architecture, names }: TrainerParts,
  [images]: readonly Tensor[],
  composed: readonly Tensor[],
  mode: Mode,
): Tensor2D {
  const named = new Map(names.map((name, i) => [name, composed[i]!]));
  return architecture.forward(images as Tensor4D, forwardContext(named, mode));
}
