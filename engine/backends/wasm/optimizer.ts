/** Stores parameters and optimizer of the WASM backend in plain arrays outside the heap. An update is one loop over these arrays. */
import { engine, type Scalar, type Tensor1D } from '@tensorflow/tfjs-core';
import {
  ADAM,
  SLOTS,
  updateNumbers,
  type Alpha,
  type OptimizerOptions,
  type ParameterValues,
  type ParameterVector,
  type Segment,
} from '../backend';
import { plainNumber } from '../eager';
import { heapOf, type HeapBackend } from './heap';

/** One segment of the vector, with the numbers for its update. */
interface Update {
  gradient: Float32Array;
  segment: Segment;
  rate: number;
  correction: number;
  /**
   * Factor of the gradient. For ψ (scales and shifts of normalization) it is 1 − α, because the forward pass uses α·ψ_init + (1 − α)·ψ.
   * Otherwise it is 1.
   */
  share: number;
}

export function createParameters(
  backend: HeapBackend,
  segments: readonly Segment[],
  optimizer: OptimizerOptions,
): ParameterVector {
  const heap = heapOf(backend);
  const psi = segments.find(({ kind }) => kind === 'interpolated')?.offset ?? 0;
  const alphaOf = (alpha: Alpha, { kind, offset }: Segment): number => {
    if (kind !== 'interpolated') return 0;
    return isVector(alpha) ? heap.floats(alpha)[offset - psi]! : plainNumber(alpha);
  };
  const size = segments.reduce((sum, segment) => sum + segment.size, 0);
  const zeros = () => new Float32Array(size);
  const slots = SLOTS[optimizer.kind].map(zeros);
  const state: State = { values: zeros(), mask: new Uint8Array(size), initial: zeros(), slots, steps: 0 };
  const update = optimizer.kind === 'sgd' ? updateSgd : updateAdam;
  return {
    cells: [],
    load(loaded) {
      Object.assign(state, loaded);
    },
    read: () => Promise.resolve(state),
    compose: (alpha) =>
      segments.map((segment) => {
        const info = heap.allocate(segment.shape);
        compose(heap.floats(info), segment, { ...state, alpha: alphaOf(alpha, segment) });
        return engine().makeTensorFromTensorInfo(info);
      }),
    nextUpdate: (step) => updateNumbers(optimizer, { ...step, steps: ++state.steps }),
    update(gradients, numbers) {
      const [rate, correction] = [plainNumber(numbers.rate), plainNumber(numbers.correction)];
      let squares = 0;
      segments.forEach((segment, i) => {
        const gradient = heap.floats(gradients[i]);
        const share = 1 - alphaOf(numbers.alpha, segment);
        squares += update({ gradient, segment, rate, correction, share }, state, optimizer);
      });
      const norm = heap.allocate([]);
      heap.floats(norm)[0] = Math.sqrt(squares);
      return engine().makeTensorFromTensorInfo(norm) as Scalar;
    },
    dispose: () => undefined, // nothing to free on the heap
  };
}

function isVector(alpha: Alpha): alpha is Tensor1D {
  return typeof alpha !== 'number' && alpha.rank === 1;
}

interface State extends ParameterValues {
  mask: Uint8Array;
  initial: Float32Array;
}

function compose(to: Float32Array, { offset, size, kind }: Segment, from: State & { alpha: number }): void {
  const { values, mask, initial, alpha } = from;
  if (kind === 'plain' || (kind === 'interpolated' && alpha === 0)) to.set(values.subarray(offset, offset + size));
  else if (kind === 'masked') for (let i = 0; i < size; i++) to[i] = values[offset + i]! * mask[offset + i]!;
  else for (let i = 0; i < size; i++) to[i] = alpha * initial[offset + i]! + (1 - alpha) * values[offset + i]!;
}

/**
 * Computes v ← μ·v + g and θ ← θ − η·v, where v is the velocity, μ the momentum, g the gradient including weight decay, and η the learning
 * rate. v starts as 0, so the first v equals the first g. Returns the sum of the squares of the gradient without weight decay.
 */
function updateSgd(step: Update, { values, mask, slots }: State, { momentum, weightDecay }: OptimizerOptions): number {
  const { gradient, segment, rate, share } = step;
  const { offset, size } = segment;
  const velocity = slots[0]!;
  const masked = segment.kind === 'masked';
  let squares = 0;
  for (let i = 0, k = offset; i < size; i++, k++) {
    const passed = gradient[i]! * (masked ? mask[k]! : share);
    const next = Math.fround(momentum * velocity[k]! + passed + weightDecay * values[k]!);
    velocity[k] = next;
    values[k]! -= rate * next;
    squares += passed * passed;
  }
  return squares;
}

/**
 * Computes an update of adam with bias correction (Kingma & Ba 2015). Weight decay is in the gradient (torch.optim.Adam). Returns the sum of
 * the squares of the gradient without weight decay.
 */
function updateAdam(step: Update, { values, mask, slots }: State, { weightDecay }: OptimizerOptions): number {
  const { gradient, segment, rate, correction, share } = step;
  const [first, second] = slots as [Float32Array, Float32Array];
  const masked = segment.kind === 'masked';
  let squares = 0;
  for (let i = 0, k = segment.offset; i < segment.size; i++, k++) {
    const passed = gradient[i]! * (masked ? mask[k]! : share);
    const g = passed + weightDecay * values[k]!;
    first[k] = ADAM.first * first[k]! + (1 - ADAM.first) * g;
    second[k] = ADAM.second * second[k]! + (1 - ADAM.second) * g * g;
    values[k]! -= (rate * first[k]!) / (Math.sqrt(second[k]!) / correction + ADAM.epsilon);
    squares += passed * passed;
  }
  return squares;
}
