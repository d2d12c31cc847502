/**
 * Stores parameters and optimizer as tensors. A step uses a few operations on whole vectors, so the number of calls does not depend on
 * the depth of the network.
 */
import { add, concat1d, div, mul, reshape, split, sqrt, square, sub, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Rank, Scalar, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import {
  ADAM,
  SLOTS,
  updateNumbers,
  type Alpha,
  type Backend,
  type Cell,
  type FedUpdate,
  type OptimizerOptions,
  type ParameterVector,
  type Segment,
} from '../backend';
import { l2Norm } from './norm';

/** The vectors on the device. */
interface State {
  values: Cell<Tensor1D>;
  slots: Cell<Tensor1D>[];
  /** The factor of each value in a forward pass: the mask of the value, or 1 if the value has no mask. */
  mask: Cell<Tensor1D>;
  /** ψ_init, the initial scales and shifts (ψ) of the normalization layers. */
  initial: Cell<Tensor1D>;
}

/** Computes new values and new optimizer vectors (`slots`) from d, the gradient including weight decay. */
type Rule = (state: State, d: Tensor1D, numbers: FedUpdate) => [Tensor1D, Tensor1D[]];

/** The parameter vector of backends whose tensors are on a device. Interpolation adds only a few operations on ψ, which is small. */
export function createParameters(
  { createCell }: Pick<Backend, 'createCell'>,
  segments: readonly Segment[],
  optimizer: OptimizerOptions,
): ParameterVector {
  const fixed = segments.filter(({ kind }) => kind !== 'interpolated');
  const psi = segments.slice(fixed.length);
  const [fixedSize, psiSize] = [sizeOfAll(fixed), sizeOfAll(psi)];
  const cell = (size = fixedSize + psiSize) => createCell(vector(new Float32Array(size)));
  const rule = optimizer.kind === 'sgd' ? sgd(optimizer.momentum) : adam;
  const state: State = {
    values: cell(),
    slots: SLOTS[optimizer.kind].map(() => cell()),
    mask: cell(),
    initial: cell(psiSize),
  };
  const cells = [state.values, ...state.slots, state.mask, state.initial];
  const isStill = (alpha: Alpha) => alpha === 0 || psiSize === 0;
  let steps = 0;

  return {
    cells,
    load(loaded) {
      const { values, slots, mask, initial } = loaded;
      const vectors = [values, ...slots, withOnes(mask, segments), initial.slice(fixedSize)];
      replaceAll(cells, vectors.map(vector));
      ({ steps } = loaded);
    },
    read: async () => ({
      values: await read(state.values),
      slots: await Promise.all(state.slots.map(read)),
      steps,
    }),
    compose: (alpha) =>
      tidy(() => {
        const kept = mul<Tensor1D>(state.values.read(), state.mask.read());
        return isStill(alpha)
          ? partsOf(kept, segments)
          : drawnParts(kept, { fixed, psi, initial: state.initial.read(), alpha });
      }),
    nextUpdate: (step) => updateNumbers(optimizer, { ...step, steps: ++steps }),
    update(gradients, numbers) {
      const [values, slots, norm] = tidy((): [Tensor1D, Tensor1D[], Scalar] => {
        const parts = gradients.map((part) => reshape<Rank.R1>(part, [-1]));
        if (!isStill(numbers.alpha)) parts.push(mul(concat1d(parts.splice(fixed.length)), sub(1, numbers.alpha)));
        const passed: Tensor1D = mul(concat1d(parts), state.mask.read());
        const decayed: Tensor1D = add(passed, mul(state.values.read(), optimizer.weightDecay));
        return [...rule(state, decayed, numbers), l2Norm(passed)];
      });
      replaceAll([state.values, ...state.slots], [values, ...slots]);
      return norm;
    },
    dispose: () => {
      for (const one of cells) one.dispose();
    },
  };
}

function replaceAll(cells: readonly Cell<Tensor1D>[], tensors: readonly Tensor1D[]): void {
  cells.forEach((cell, i) => {
    cell.replace(tensors[i]!);
  });
}

function sizeOfAll(segments: readonly Segment[]): number {
  return segments.reduce((sum, { size }) => sum + size, 0);
}

/** Returns the segments of a vector. Segments of ψ are interpolated towards ψ_init. */
function drawnParts(
  kept: Tensor1D,
  { fixed, psi, initial, alpha }: { fixed: Segment[]; psi: Segment[]; initial: Tensor1D; alpha: Alpha },
): Tensor[] {
  const parts = split(kept, [...fixed.map(({ size }) => size), initial.size]);
  const drawn: Tensor1D = add(mul(parts.pop()!, sub(1, alpha)), mul(initial, alpha));
  return [...shaped(parts, fixed), ...partsOf(drawn, psi)];
}

function partsOf(whole: Tensor1D, segments: readonly Segment[]): Tensor[] {
  return shaped(split(whole, segments.map(({ size }) => size)), segments); // prettier-ignore
}

function shaped(parts: readonly Tensor[], segments: readonly Segment[]): Tensor[] {
  return parts.map((part, i) => reshape(part, [...segments[i]!.shape]));
}

function vector(values: Float32Array): Tensor1D {
  return tensor1d(values, 'float32');
}

async function read(cell: Cell<Tensor1D>): Promise<Float32Array> {
  return cell.read().data<'float32'>();
}

/** Returns the masks of masked segments, and 1 for all other segments. */
function withOnes(mask: Uint8Array, segments: readonly Segment[]): Float32Array {
  const kept = Float32Array.from(mask);
  for (const { kind, offset, size } of segments) if (kind !== 'masked') kept.fill(1, offset, offset + size);
  return kept;
}

/** Computes v ← μ·v + d and θ ← θ − η·v, where v is `velocity`, μ the momentum, θ the values and η the learning rate. */
function sgd(momentum: number): Rule {
  return ({ values, slots }, d, { rate }) => {
    const velocity: Tensor1D = add(mul(slots[0]!.read(), momentum), d);
    return [sub(values.read(), mul(velocity, rate)), [velocity]];
  };
}

/** Computes an update of adam with bias correction (Kingma & Ba 2015). */
const adam: Rule = ({ values, slots }, d, { rate, correction }) => {
  const first: Tensor1D = add(mul(slots[0]!.read(), ADAM.first), mul(d, 1 - ADAM.first));
  const second: Tensor1D = add(mul(slots[1]!.read(), ADAM.second), mul(square(d), 1 - ADAM.second));
  const spread = add(div(sqrt(second), correction), ADAM.epsilon);
  return [sub(values.read(), mul(div(first, spread), rate)), [first, second]];
};
