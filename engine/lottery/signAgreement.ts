/** Counts how many kept weights of a transferred network have the same sign as in the ticket. */
import { floats, type NetworkState, weightNameOf } from '../tensors';
import type { TransferredLayer } from '../vocabulary/transferSigns';

/**
 * Counts the kept weights of each masked layer that are 0 neither in the start network nor in the ticket. `origin` is the network that the
 * ticket was trained from, if it is known. Returns an empty list if the ticket has only masks: every kept weight is 1.
 */
export function signAgreement(start: NetworkState, ticket: NetworkState, origin?: NetworkState): TransferredLayer[] {
  const layers = [...start.masks].filter(([layer]) => ticket.tensors.has(weightNameOf(layer)));
  const isOnlyMasks = layers.every(([layer, mask]) =>
    floats(ticket.tensors, weightNameOf(layer)).every((weight, i) => mask[i] === 0 || weight === 1),
  );
  return isOnlyMasks ? [] : layers.map(([layer, mask]) => counted(layer, mask, { start, ticket, origin }));
}

interface Networks {
  start: NetworkState;
  ticket: NetworkState;
  origin?: NetworkState | undefined;
}

function counted(name: string, mask: Uint8Array, { start, ticket, origin }: Networks): TransferredLayer {
  const weight = weightNameOf(name);
  const [a, b] = [floats(start.tensors, weight), floats(ticket.tensors, weight)];
  const o = origin?.tensors.has(weight) === true ? floats(origin.tensors, weight) : undefined;
  const layer = { name, kept: 0, sameSign: 0, positive: 0, ticketPositive: 0 };
  const first = { sameSign: 0, positive: 0 };
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] === 0 || a[i] === 0 || b[i] === 0) continue;
    layer.kept++;
    layer.positive += Number(a[i]! > 0);
    layer.ticketPositive += Number(b[i]! > 0);
    layer.sameSign += Number(a[i]! > 0 === b[i]! > 0);
    if (!o) continue;
    first.positive += Number(o[i]! > 0);
    first.sameSign += Number(o[i]! * b[i]! > 0);
  }
  return { ...layer, ...(o && { initialization: first }) };
}
