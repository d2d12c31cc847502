/** Layers are the parts of a network. A network is a layer whose result is the logits. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Architecture, DataShape, Entry, ForwardContext } from '../network';

/** A part of a network. It owns its entries, in the order of PyTorch's state dict, and its forward pass. */
export interface Layer<X extends Tensor = Tensor, Y extends Tensor = X> {
  readonly entries: readonly Entry[];
  /** Whether a training step draws random numbers here. */
  readonly draws?: boolean;
  forward(x: X, net: ForwardContext): Y;
}

/** A layer without entries. */
export function operation<X extends Tensor, Y extends Tensor>(forward: Layer<X, Y>['forward']): Layer<X, Y> {
  return { entries: [], forward };
}

/**
 * A layer that calls other layers. `parts` are in the order of the state dict, which is the order in which PyTorch's modules are
 * assigned. The forward pass may use them in another order.
 */
export function compose<X extends Tensor, Y extends Tensor>(
  parts: readonly Layer[],
  forward: Layer<X, Y>['forward'],
): Layer<X, Y> {
  return { entries: parts.flatMap(({ entries }) => entries), draws: parts.some(({ draws }) => draws), forward };
}

/** Layers one after another. */
export function sequence<X extends Tensor = Tensor, Y extends Tensor = X>(...layers: readonly Layer[]): Layer<X, Y> {
  return compose(layers, (x, net) => layers.reduce<Tensor>((y, layer) => layer.forward(y, net), x) as Y);
}

/** A layer whose entries are in the state dict, but which the forward pass does not use. */
export function unused({ entries }: Layer): Layer {
  return { entries: entries.map((entry) => ({ ...entry, unused: true })), forward: (x) => x };
}

/** Builds a network from the layer that maps images [N, H, W, C] to logits [N, classes]. */
export function network(name: string, data: DataShape, body: Layer): Architecture {
  const { entries, draws = false } = body;
  return { name, data, entries, draws, forward: (images, net) => body.forward(images, net) as Tensor2D };
}
