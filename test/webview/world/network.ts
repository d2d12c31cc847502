/** A fake pruned ResNet-20: 21 layers, masks by global magnitude, and weights that drift from their initialization. */
import { randomLcg, randomNormal } from 'd3';

export const ROUNDS = 9;
export const FRACTION = 0.2;

export interface WorldLayer {
  name: string;
  shape: number[];
  count: number;
  rows: number;
  columns: number;
  init: Float32Array;
  /** One array of values for each round. */
  weights: Float32Array[];
  masks: Uint8Array[];
}

function shapes(): [string, number[]][] {
  const layers: [string, number[]][] = [['conv1', [16, 3, 3, 3]]];
  let inputs = 16;
  [16, 32, 64].forEach((width, stage) => {
    for (let block = 0; block < 3; block++) {
      const name = `layer${stage + 1}.${block}`;
      layers.push([`${name}.conv1`, [width, inputs, 3, 3]], [`${name}.conv2`, [width, width, 3, 3]]);
      if (inputs !== width) layers.push([`${name}.shortcut.0`, [width, inputs, 1, 1]]);
      inputs = width;
    }
  });
  return layers;
}

function layerOf([name, shape]: [string, number[]], place: number, seed: number): WorldLayer {
  const count = shape.reduce((a, b) => a * b, 1);
  const rows = shape[0]!;
  const columns = count / rows;
  const normal = randomNormal.source(randomLcg((place + seed / 7) / 40))(0, Math.sqrt(2 / columns));
  const init = Float32Array.from({ length: count }, normal);
  const drift = Float32Array.from({ length: count }, normal);
  const weights = Array.from({ length: ROUNDS }, (_, round) =>
    init.map((value, i) => value + 0.12 * (round + 1) * drift[i]! * (0.5 + place / 20)),
  );
  return { name, shape, count, rows, columns, init, weights, masks: [] };
}

/** Makes layers with a mask for each round. Round 0 is dense, and each later round has fewer survivors. */
export function makeNetwork(seed: number): WorldLayer[] {
  const layers = shapes().map((shape, place) => layerOf(shape, place, seed));
  for (const layer of layers) layer.masks.push(new Uint8Array(layer.count).fill(1));
  for (let round = 1; round < ROUNDS; round++) prune(layers, round);
  // Prunes one output row completely, because the margin of the picture marks such rows.
  const last = layers.at(-1)!;
  for (let round = 5; round < ROUNDS; round++) last.masks[round]!.fill(0, 3 * last.columns, 4 * last.columns);
  return layers;
}

function prune(layers: readonly WorldLayer[], round: number): void {
  const survivors = layers.flatMap((layer) => {
    return [...layer.weights[round]!].filter((_, i) => layer.masks[round - 1]![i] === 1).map(Math.abs);
  });
  survivors.sort((a, b) => b - a);
  const threshold = survivors[Math.floor(survivors.length * (1 - FRACTION)) - 1]!;
  for (const layer of layers) {
    const [weights, before] = [layer.weights[round]!, layer.masks[round - 1]!];
    layer.masks.push(before.map((kept, i) => (kept === 1 && Math.abs(weights[i]!) >= threshold ? 1 : 0)));
  }
}
