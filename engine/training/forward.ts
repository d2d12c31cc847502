/** The context of a forward pass: parameters by name, and the operations of the current backend. */
import {
  keep,
  mul,
  ones,
  reshape,
  zeros,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { elu, relu6, sigmoid, swish } from '../backends/operations/activations';
import { attention } from '../backends/operations/attention';
import type { LinearActivation } from '../backends/operations/attributes';
import { concatChannels, scaleChannels, shuffleChannels } from '../backends/operations/channels';
import { conv2d, maxPool } from '../backends/operations/convolution';
import { dropConnect, dropout } from '../backends/operations/dropout';
import { addBias, addRelu, gelu, globalMean } from '../backends/operations/elementwise';
import { linear } from '../backends/operations/linear';
import { batchNorm, groupNorm, layerNorm, normalize } from '../backends/operations/normalization';
import { pad } from '../backends/operations/padding';
import { adaptiveAveragePool, averagePool } from '../backends/operations/pooling';
import { addPositions, prependToken, takeToken } from '../backends/operations/tokens';
import type { ForwardContext, PsiParts } from '../models/network';
import { biasNameOf, weightNameOf } from '../tensors';
import type { LayerStatistics, RunningLayerStatistics } from './statistics';

const EPSILON = 1e-5;

/**
 * The kind of a forward pass. In train mode, `collect` receives the statistics of the batch for batch norm, which the caller disposes. In
 * eval mode, `running` contains the statistics to use. `key` decides the masks of dropout; without it, nothing is dropped.
 */
export type Mode = { collect: LayerStatistics; key?: Tensor1D } | { running: RunningLayerStatistics };

export function forwardContext(parameters: Map<string, Tensor>, mode: Mode): ForwardContext {
  const parameter = (name: string): Tensor => {
    const tensor = parameters.get(name);
    if (!tensor) throw new Error(`no parameter ${name}`);
    return tensor;
  };
  const weight = (name: string) => parameter(weightNameOf(name));
  const bias = (name: string) => parameters.get(biasNameOf(name)) as Tensor1D | undefined;
  const psi = (x: Tensor, name: string, { hasScale = true, hasShift = true }: PsiParts) => {
    const shape: [number] = [x.shape.at(-1)!];
    const scale = hasScale ? parameter(`${name}.weight`) : ones(shape);
    return { scale: scale as Tensor1D, shift: (hasShift ? parameter(`${name}.bias`) : zeros(shape)) as Tensor1D };
  };
  return {
    batchNorm(x, name, { relu, epsilon = EPSILON, biased = false, ...parts }) {
      const own = psi(x, name, parts);
      if ('running' in mode) return normalize(x, { ...mode.running.get(name)!, ...own }, { epsilon, relu });
      const { y, mean, variance } = batchNorm(x, own, { epsilon, relu });
      const values = x.size / mean.size;
      // Differentiation disposes all tensors except the loss, so the statistics are marked with `keep`.
      const kept = () => keep(biased ? mul<Tensor1D>(variance, (values - 1) / values) : variance);
      mode.collect.set(name, { mean: keep(mean), variance: values > 1 ? kept() : undefined });
      return y;
    },
    groupNorm: (x, name, { groups, epsilon = EPSILON, ...parts }) =>
      groupNorm(x, psi(x, name, parts), { groups, epsilon }),
    layerNorm: (x, name, { epsilon, ...parts }) => layerNorm(x, psi(x, name, parts), { epsilon }),
    pad,
    conv2d(x, name, options) {
      const [convolved, shift] = [conv2d(x, weight(name) as Tensor4D, options), bias(name)];
      return shift ? addBias(convolved, shift) : convolved;
    },
    linear: (x, name, activation) => linearRows(x, { weight: weight(name) as Tensor2D, bias: bias(name) }, activation),
    relu: (x) => addRelu(x),
    relu6,
    addRelu: (x, shortcut) => addRelu(x, shortcut),
    gelu,
    swish,
    sigmoid,
    elu,
    dropout(x, layer, { rate, each }) {
      const key = 'collect' in mode ? mode.key : undefined;
      if (!key) return x;
      return each === 'image' ? dropConnect(x, { rate, key, layer }) : dropout(x, { rate, key, layer });
    },
    maxPool,
    averagePool,
    adaptiveAveragePool: (x, size) => adaptiveAveragePool(x, { height: size, width: size }),
    globalMean,
    scaleChannels,
    shuffleChannels,
    concatChannels,
    prependToken: (x, name) => prependToken(x, parameter(name)),
    addPositions: (x, name) => addPositions(x, parameter(name)),
    takeToken,
    attention: (projected, heads) => attention(projected, { heads }),
  };
}

/** A linear layer of x [.., inputs]. */
function linearRows(x: Tensor, parameters: Parameters<typeof linear>[1], activation?: LinearActivation): Tensor {
  const [inputs, outputs] = parameters.weight.shape;
  return reshape(linear(reshape(x, [-1, inputs]), parameters, activation), [...x.shape.slice(0, -1), outputs]);
}
