/** Finds the weights that cross zero in a round. */
import { emptyMasks } from '../models/initialize';
import type { Architecture } from '../models/network';
import { NEGATIVE, POSITIVE, PRUNED, statesOf, ZERO } from '../inspection/states';
import { floats, weightNameOf, type NetworkState, type StateDict } from '../tensors';
import type { StoredState } from '../training/trainer';

/** Added to the state of a weight that has crossed zero. */
const CROSSED = 4;

/**
 * Compares the signs of all kept weights at the start of a round and after each of its epochs. A weight has crossed zero if it had both
 * signs. If a sign changes between two epochs, then it differs from the first sign after one of them, so one byte for each weight is
 * enough: its first state (`statesOf`), and whether it has crossed. These bytes are part of the saved state of a run.
 */
export class SignChanges {
  /** Undefined if the run was resumed from a state of version 0.1, which does not know the signs at the start of the round. */
  private layers: Map<string, Uint8Array> | undefined;

  constructor(private readonly architecture: Architecture) {}

  /** Starts a round with the network that it trains. */
  start({ tensors, masks }: NetworkState): void {
    const statesIn = (layer: string, mask: Uint8Array) =>
      statesOf({ weights: floats(tensors, weightNameOf(layer)), mask });
    this.layers = new Map(Array.from(masks, ([layer, mask]) => [layer, statesIn(layer, mask)]));
  }

  /** Compares with the network after an epoch, whose masks are those of the start of the round. */
  addEpoch({ tensors, masks }: NetworkState): void {
    for (const [layer, known] of this.layers ?? []) {
      const states = statesOf({ weights: floats(tensors, weightNameOf(layer)), mask: masks.get(layer)! });
      for (let i = 0; i < known.length; i++) known[i] = next(known[i]!, states[i]!);
    }
  }

  /** Returns the number of weights in each layer that have crossed zero; undefined if it is not known. */
  counts(): Map<string, number> | undefined {
    return this.layers && new Map(Array.from(this.layers, ([layer, known]) => [layer, countCrossed(known)]));
  }

  /** Returns the bytes of each layer for the saved state, by the name of the layer. They are valid until the next epoch ends. */
  save(): StateDict {
    const shapes = emptyMasks(this.architecture);
    const tensor = (layer: string, data: Uint8Array) => ({
      dtype: 'U8' as const,
      shape: shapes.get(layer)!.shape,
      data,
    });
    return new Map(Array.from(this.layers ?? [], ([layer, data]) => [layer, tensor(layer, data)]));
  }

  /** Continues a round from a saved state. */
  async load(stored: StoredState): Promise<void> {
    const layers = emptyMasks(this.architecture);
    const found = await Promise.all(Array.from(layers, ([layer, into]) => stored.signs(layer, into)));
    this.layers = found.every(Boolean) ? new Map(Array.from(layers, ([layer, { data }]) => [layer, data])) : undefined;
  }
}

function next(known: number, state: number): number {
  const first = known & 3;
  if (first === PRUNED || state < POSITIVE) return known;
  if (first === ZERO) return state;
  return first + state === POSITIVE + NEGATIVE ? first + CROSSED : known;
}

function countCrossed(known: Uint8Array): number {
  let crossed = 0;
  for (const one of known) crossed += one >> 2;
  return crossed;
}
