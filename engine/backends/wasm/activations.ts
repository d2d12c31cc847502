/** Activations other than relu and GELU. */
import type { Activation } from '../operations/attributes';
import { defineKernel } from './heap';

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

const VALUES: Record<Activation, (x: number) => number> = {
  relu6: (x) => Math.min(Math.max(x, 0), 6),
  swish: (x) => x * sigmoid(x),
  sigmoid,
};

const SLOPES: Record<Activation, (x: number) => number> = {
  relu6: (x) => Number(x > 0 && x < 6),
  swish: (x) => sigmoid(x) * (1 + x * (1 - sigmoid(x))),
  sigmoid: (x) => sigmoid(x) * (1 - sigmoid(x)),
};

export function registerActivations(): void {
  defineKernel('SignActivate', ['activation'], ({ x }, { activation }, heap) => {
    const out = heap.allocate(x!.shape);
    const [from, to, value] = [heap.floats(x), heap.floats(out), VALUES[activation]];
    for (let i = 0; i < from.length; i++) to[i] = value(from[i]!);
    return out;
  });
  defineKernel('SignActivateGradient', ['activation'], ({ dy, x }, { activation }, heap) => {
    const out = heap.allocate(x!.shape);
    const [gradient, from, to, slope] = [heap.floats(dy), heap.floats(x), heap.floats(out), SLOPES[activation]];
    for (let i = 0; i < from.length; i++) to[i] = gradient[i]! * slope(from[i]!);
    return out;
  });
}
