/** The plane through three networks, as in Garipov et al. (NeurIPS 2018). */
import { layerNameOf, weightNameOf, type NetworkState } from '../tensors';
import type { MaskRule } from '../vocabulary/connectivity';
import type { Plane } from '../vocabulary/runEvents';
import { combine, effective } from './combine';

export type Three = readonly [a: NetworkState, b: NetworkState, c: NetworkState];

/**
 * Returns the plane with the origin A, the axis u = B − A, and the axis v = C − A without its part along u. In units of the lengths of these
 * axes, A is (0, 0), B is (1, 0) and C is (x, 1). Masked parameters are compared; running statistics are not parameters. Throws if the
 * three networks are on one line.
 */
export function planeThrough([a, b, c]: Three): Plane {
  let [uu, uv, vv] = [0, 0, 0];
  for (const [name, tensor] of a.tensors) {
    if (tensor.dtype !== 'F32' || /\.running_(mean|var)$/.test(name)) continue;
    const [inA, inB, inC] = [a, b, c].map((state) => masked(state, name)) as [Float32Array, Float32Array, Float32Array];
    for (let i = 0; i < inA.length; i++) {
      const [u, v] = [inB[i]! - inA[i]!, inC[i]! - inA[i]!];
      uu += u * u;
      uv += u * v;
      vv += v * v;
    }
  }
  const x = uu > 0 ? uv / uu : NaN;
  const height = Math.sqrt(Math.max(0, vv - x * uv));
  return { x, width: Math.sqrt(uu), height };
}

/** Whether three networks span a plane. They do not if two of them are equal, or if they are on one line. */
export function spansPlane({ width, height }: Plane): boolean {
  return width > 0 && height > 1e-6 * width;
}

function masked(state: NetworkState, name: string): Float32Array {
  const layer = layerNameOf(name);
  return effective(state, name, name === weightNameOf(layer) ? state.masks.get(layer) : undefined);
}

/** Returns the network at a point: A + (s·u + y·v), where C is at (x, 1). A, B and C themselves are returned without rounding. */
export function networkAt(states: Three, { x }: Plane, at: { x: number; y: number }, rule: MaskRule): NetworkState {
  const b = at.x - at.y * x;
  return combine(states, [1 - b - at.y, b, at.y], rule);
}
