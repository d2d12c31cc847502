/** The checkpoints of the study, by path. */
import { ROUNDS, type WorldLayer } from './network';
import type { Seen } from './pictures';
import { FOLDER, networks } from './runs';

/** Returns the path of the checkpoint of a round. */
export function checkpointPath(method: 'aws' | 'lrr', round: number): string {
  const seed = method === 'aws' ? 1 : 2;
  return `${FOLDER}/${method}-seed${seed}/checkpoints/round-${String(round).padStart(2, '0')}.safetensors`;
}

/** Returns the weights and masks of the layers of a checkpoint. */
export function layersAt(file: string): (layer: WorldLayer) => Seen {
  if (file.includes('initialization')) {
    return ({ rows, columns, init, count }) => ({ rows, columns, weights: init, mask: new Uint8Array(count).fill(1) });
  }
  const round = roundAt(file);
  return ({ rows, columns, weights, masks }) => ({ rows, columns, weights: weights[round]!, mask: masks[round]! });
}

/** Returns the layers of the network of a checkpoint. */
export function networkAt(file: string): WorldLayer[] {
  return file.includes('lrr') ? networks.lrr : networks.aws;
}

/** Returns the round of a checkpoint. Throws if there is no such checkpoint. */
export function roundAt(file: string): number {
  const round = Number(/round-(\d+)/.exec(file)?.[1]);
  if (!(round < ROUNDS)) throw new Error(`${file} does not exist; choose another checkpoint.`);
  return round;
}

/** Returns the weights and the mask of a layer. */
export function seen(file: string, layer: string): Seen {
  return layersAt(file)(networkAt(file).find(({ name }) => name === layer)!);
}
