/** Parameters and optimizer as tensors: a few operations on whole vectors, so that a step costs the same number of calls whatever the depth. */
import { add, concat1d, div, mul, reshape, split, sqrt, square, sub, tensor1d, tidy } from '@tensorflow/tfjs-core';
import type { Rank, Tensor1D } from '@tensorflow/tfjs-core';
import {
  ADAM,
  SLOTS,
  updateNumbers,
  type Backend,
  type Cell,
  type Fed,
  type OptimizerOptions,
  type ParameterVector,
  type Segment,
  type UpdateNumber,
} from '../backend';

/** Vectors on the device. */
interface State {
  values: Cell<Tensor1D>;
  slots: Cell<Tensor1D>[];
  /** What is kept of each value in a forward pass: its mask, or 1. */
  mask: Cell<Tensor1D>;
  /** 1 where ψ is, and ψ_init there. */
  psi: Cell<Tensor1D>;
  initial: Cell<Tensor1D>;
}

/** New values and slots from d, the gradient with weight decay. */
type Rule = (state: State, d: Tensor1D, numbers: Record<UpdateNumber, Fed>) => [Tensor1D, Tensor1D[]];

/** For backends whose tensors live on a device. */
export function createParameters(
  { createCell }: Pick<Backend, 'createCell'>,
  segments: readonly Segment[],
  optimizer: OptimizerOptions,
): ParameterVector {
  const sizes = segments.map((segment) => segment.size);
  const size = sizes.reduce((sum, next) => sum + next, 0);
  const cell = (values: Float32Array = new Float32Array(size)) => createCell(vector(values));
  const plain = indicator(segments, size, (kind) => kind !== 'masked');
  const psi = indicator(segments, size, (kind) => kind === 'interpolated');
  const rule = optimizer.kind === 'sgd' ? sgd(optimizer.momentum) : adam;
  const slots = SLOTS[optimizer.kind].map(() => cell());
  const state: State = { values: cell(), slots, mask: cell(), psi: cell(psi), initial: cell() };
  const cells = [state.values, ...state.slots, state.mask, state.psi, state.initial];
  let steps = 0;
  const share = (alpha: Fed) =>
    alpha === 0 ? state.mask.read() : sub(state.mask.read(), mul(state.psi.read(), alpha));

  return {
    cells,
    load(loaded) {
      state.values.replace(vector(loaded.values));
      state.slots.forEach((slot, i) => {
        slot.replace(vector(loaded.slots[i]!));
      });
      state.mask.replace(vector(plain.map((one, i) => one || loaded.mask[i]!)));
      state.initial.replace(vector(loaded.initial.map((value, i) => value * psi[i]!)));
      ({ steps } = loaded);
    },
    read: async () => ({
      values: await read(state.values),
      slots: await Promise.all(state.slots.map(read)),
      steps,
    }),
    compose: (alpha) =>
      tidy(() => {
        const kept = mul(state.values.read(), share(alpha));
        const composed = alpha === 0 ? kept : add(kept, mul(state.initial.read(), alpha));
        return split(composed, sizes).map((part, i) => reshape(part, [...segments[i]!.shape]));
      }),
    nextUpdate: (step) => updateNumbers(optimizer, { ...step, steps: ++steps }),
    update(gradients, numbers) {
      const [values, slots] = tidy(() => {
        const gradient = concat1d(gradients.map((part) => reshape<Rank.R1>(part, [-1])));
        const d: Tensor1D = add(mul(gradient, share(numbers.alpha)), mul(state.values.read(), optimizer.weightDecay));
        return rule(state, d, numbers);
      });
      state.values.replace(values);
      state.slots.forEach((slot, i) => {
        slot.replace(slots[i]!);
      });
    },
    dispose: () => {
      for (const one of cells) one.dispose();
    },
  };
}

function vector(values: Float32Array): Tensor1D {
  return tensor1d(values, 'float32');
}

async function read(cell: Cell<Tensor1D>): Promise<Float32Array> {
  return cell.read().data<'float32'>();
}

function indicator(
  segments: readonly Segment[],
  size: number,
  where: (kind: Segment['kind']) => boolean,
): Float32Array {
  const ones = new Float32Array(size);
  for (const { offset, size: length, kind } of segments) if (where(kind)) ones.fill(1, offset, offset + length);
  return ones;
}

/** v ← μ·v + d, θ ← θ − η·v. */
function sgd(momentum: number): Rule {
  return ({ values, slots }, d, { rate }) => {
    const velocity: Tensor1D = add(mul(slots[0]!.read(), momentum), d);
    return [sub(values.read(), mul(velocity, rate)), [velocity]];
  };
}

/** Kingma & Ba 2015 with bias correction. */
const adam: Rule = ({ values, slots }, d, { rate, correction }) => {
  const first: Tensor1D = add(mul(slots[0]!.read(), ADAM.first), mul(d, 1 - ADAM.first));
  const second: Tensor1D = add(mul(slots[1]!.read(), ADAM.second), mul(square(d), 1 - ADAM.second));
  const spread = add(div(sqrt(second), correction), ADAM.epsilon);
  return [sub(values.read(), mul(div(first, spread), rate)), [first, second]];
};
