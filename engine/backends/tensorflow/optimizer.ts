/** Parameters and optimizer on TensorFlow: a few operations on whole vectors, so that a step costs the same number of calls whatever the depth. */
import {
  add,
  concat1d,
  div,
  keep,
  mul,
  reshape,
  split,
  sqrt,
  square,
  sub,
  tensor1d,
  tidy,
} from '@tensorflow/tfjs-core';
import type { Rank, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { ADAM, SLOTS, type OptimizerOptions, type ParameterVector, type Segment } from '../backend';

/** Vectors on the device. */
interface State {
  values: Tensor1D;
  slots: Tensor1D[];
  /** What is kept of each value in a forward pass: its mask, or 1. */
  mask: Tensor1D;
  /** 1 where ψ is, and ψ_init there. */
  psi: Tensor1D;
  initial: Tensor1D;
}

/** New values and slots from d, the gradient with weight decay. */
type Rule = (state: State, d: Tensor1D, step: { learningRate: number; steps: number }) => [Tensor1D, Tensor1D[]];

export function createParameters(segments: readonly Segment[], optimizer: OptimizerOptions): ParameterVector {
  const sizes = segments.map((segment) => segment.size);
  const size = sizes.reduce((sum, next) => sum + next, 0);
  const zeros = () => vector(new Float32Array(size));
  const plain = indicator(segments, size, (kind) => kind !== 'masked');
  const psi = indicator(segments, size, (kind) => kind === 'interpolated');
  const rule = optimizer.kind === 'sgd' ? sgd(optimizer.momentum) : adam;
  let state: State = {
    values: zeros(),
    slots: SLOTS[optimizer.kind].map(zeros),
    mask: zeros(),
    psi: vector(psi),
    initial: zeros(),
  };
  let steps = 0;
  const share = (alpha: number) => (alpha === 0 ? state.mask : sub(state.mask, mul(state.psi, alpha)));

  return {
    load(loaded) {
      free(state);
      state = {
        values: vector(loaded.values),
        slots: loaded.slots.map(vector),
        mask: vector(loaded.mask.map((bit, i) => (plain[i] ? 1 : bit))),
        psi: vector(psi),
        initial: vector(loaded.initial.map((value, i) => value * psi[i]!)),
      };
      ({ steps } = loaded);
    },
    read: async () => ({
      values: (await state.values.data<'float32'>()).slice(),
      slots: await Promise.all(state.slots.map(async (slot) => (await slot.data<'float32'>()).slice())),
      steps,
    }),
    compose: (alpha) =>
      tidy(() => {
        const kept = mul(state.values, share(alpha));
        const composed = alpha === 0 ? kept : add(kept, mul(state.initial, alpha));
        return split(composed, sizes).map((part, i) => reshape(part, [...segments[i]!.shape]));
      }),
    update(gradients, { learningRate, alpha }) {
      steps++;
      const [values, slots] = tidy(() => {
        const gradient = concat1d(gradients.map((part) => reshape<Rank.R1>(part, [-1])));
        const d: Tensor1D = add(mul(gradient, share(alpha)), mul(state.values, optimizer.weightDecay));
        return rule(state, d, { learningRate, steps });
      });
      [state.values, ...state.slots].forEach((tensor) => {
        tensor.dispose();
      });
      [values, ...slots].forEach((tensor) => keep(tensor));
      state = { ...state, values, slots };
    },
    dispose: () => {
      free(state);
    },
  };
}

function vector(values: Float32Array): Tensor1D {
  return keep(tensor1d(values, 'float32'));
}

function free({ values, slots, mask, psi, initial }: State): void {
  for (const tensor of [values, ...slots, mask, psi, initial] as Tensor[]) tensor.dispose();
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
  return ({ values, slots }, d, { learningRate }) => {
    const velocity: Tensor1D = add(mul(slots[0]!, momentum), d);
    return [sub(values, mul(velocity, learningRate)), [velocity]];
  };
}

/** Kingma & Ba 2015 with bias correction. */
const adam: Rule = ({ values, slots }, d, { learningRate, steps }) => {
  const first: Tensor1D = add(mul(slots[0]!, ADAM.first), mul(d, 1 - ADAM.first));
  const second: Tensor1D = add(mul(slots[1]!, ADAM.second), mul(square(d), 1 - ADAM.second));
  const rate = learningRate / (1 - ADAM.first ** steps);
  const spread = add(div(sqrt(second), Math.sqrt(1 - ADAM.second ** steps)), ADAM.epsilon);
  return [sub(values, mul(div(first, spread), rate)), [first, second]];
};
