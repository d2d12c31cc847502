/** Converts between a state dict and the parameter vector of a backend, which have different orders of entries and axes. */
import type { Segment } from '../backends/backend';
import type { Architecture, Entry } from '../models/network';
import { type HostTensor, layerNameOf, type Masks, sizeOf, type StateDict } from '../tensors';

export interface Layout {
  /**
   * The trained entries, parallel to `segments`. They are in state-dict order, except that the scales and shifts of normalization (ψ) come
   * last.
   */
  entries: readonly Entry[];
  segments: readonly Segment[];
  /** Number of all parameters. */
  size: number;
}

/**
 * Returns the position of each entry in the vector. The kernels of convolutions become HWIO. Linear layers, and Conv1d with kernel size 1,
 * become [in, out].
 */
export function layoutOf(architecture: Architecture): Layout {
  const trained = architecture.entries.filter(({ role, unused }) => role !== 'buffer' && !unused);
  const isPsi = (entry: Entry) => kindOf(entry) === 'interpolated';
  const entries = [...trained.filter((entry) => !isPsi(entry)), ...trained.filter(isPsi)];
  let offset = 0;
  const segments = entries.map((entry) => {
    const segment = { offset, size: sizeOf(entry.shape), shape: backendShape(entry), kind: kindOf(entry) };
    offset += segment.size;
    return segment;
  });
  return { entries, segments, size: offset };
}

/** Returns an α for each value of ψ, in the order of the vector. Returns undefined if the network has no normalization layers. */
export function alphasOf({ entries, segments }: Layout, alphaOf: (entry: string) => number): Float32Array | undefined {
  const psi = segments.flatMap(({ kind, size }, i) => (kind === 'interpolated' ? [{ size, entry: entries[i]! }] : []));
  const alphas = new Float32Array(psi.reduce((sum, { size }) => sum + size, 0));
  let offset = 0;
  for (const { size, entry } of psi) alphas.fill(alphaOf(entry.name), offset, (offset += size));
  return offset > 0 ? alphas : undefined;
}

type Numbers = Float32Array | Uint8Array;

/** Writes the tensors that `tensorOf` returns into the vector `into`. Where `tensorOf` returns undefined, the vector is unchanged. */
export function pack<Vector extends Numbers>(
  layout: Layout,
  into: Vector,
  tensorOf: (entry: Entry) => Vector | undefined,
): Vector {
  layout.entries.forEach((entry, i) => {
    const data = tensorOf(entry);
    if (!data) return;
    const { offset, size } = layout.segments[i]!;
    if (data.length !== size) throw new Error(`${entry.name} has ${data.length} elements, but must have ${size}`);
    if (entry.role === 'weight') toBackend(data, into.subarray(offset, offset + size), axesOf(entry));
    else into.set(data, offset);
  });
  return into;
}

/**
 * Like `pack`, but reads several tensors at a time directly into their positions, and transposes them there. `aside` must have room
 * for the largest tensor.
 */
export async function packAsRead(
  layout: Layout,
  { into, aside }: { into: Float32Array; aside: Float32Array },
  read: (name: string, place: HostTensor) => Promise<void>,
): Promise<void> {
  const one = async (entry: Entry, { offset, size }: Segment) => {
    const place = into.subarray(offset, offset + size);
    await read(entry.name, { dtype: 'F32', shape: entry.shape, data: place });
    if (entry.role !== 'weight') return;
    aside.set(place); // no await until the next line, so all readers can share `aside`
    toBackend(aside, place, axesOf(entry));
  };
  await Promise.all(layout.entries.map((entry, i) => one(entry, layout.segments[i]!)));
}

/** Returns the tensors of a vector by name, in PyTorch's layouts. */
export function unpack(layout: Layout, vector: Float32Array): StateDict {
  return new Map(
    layout.entries.map((entry, i): [string, HostTensor] => {
      const { offset, size } = layout.segments[i]!;
      const placed = vector.subarray(offset, offset + size);
      const data = entry.role === 'weight' ? toHost(placed, axesOf(entry)) : placed.slice();
      return [entry.name, { dtype: 'F32', shape: entry.shape, data }];
    }),
  );
}

/** Returns the mask of a weight; throws if there is none. */
export function maskOf(masks: Masks, weight: string): Uint8Array {
  const mask = masks.get(layerNameOf(weight));
  if (!mask) throw new Error(`there is no mask for ${weight}`);
  return mask;
}

function kindOf(entry: Entry): Segment['kind'] {
  if (entry.role === 'normalization') return 'interpolated';
  return entry.prunable ? 'masked' : 'plain';
}

function backendShape({ role, shape }: Entry): readonly number[] {
  if (role !== 'weight') return shape;
  const [outputs, inputs, ...kernel] = shape;
  return kernel.length === 2 ? [...kernel, inputs!, outputs!] : [inputs!, outputs!];
}

interface Axes {
  outputs: number;
  inputs: number;
  /** Number of positions in the kernel. */
  window: number;
}

function axesOf({ shape }: Entry): Axes {
  const [outputs, inputs, ...kernel] = shape as [number, number, ...number[]];
  return { outputs, inputs, window: sizeOf(kernel) };
}

/** Number of outputs per block. Within a block, both reads and writes are close together in memory. */
const TILE = 32;

/** Transposes [out, in, position], the order of PyTorch, to [position, in, out]. */
function toBackend(host: Numbers, backend: Numbers, { outputs, inputs, window }: Axes): void {
  const row = inputs * window;
  for (let tile = 0; tile < outputs; tile += TILE) {
    const end = Math.min(tile + TILE, outputs);
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < window; k++) {
        const from = i * window + k;
        const to = (k * inputs + i) * outputs;
        for (let o = tile; o < end; o++) backend[to + o] = host[o * row + from]!;
      }
  }
}

/** Transposes [position, in, out] to [out, in, position], the order of PyTorch. */
function toHost(backend: Float32Array, { outputs, inputs, window }: Axes): Float32Array {
  const host = new Float32Array(backend.length);
  const row = inputs * window;
  for (let tile = 0; tile < outputs; tile += TILE) {
    const end = Math.min(tile + TILE, outputs);
    for (let i = 0; i < inputs; i++)
      for (let k = 0; k < window; k++) {
        const to = i * window + k;
        const from = (k * inputs + i) * outputs;
        for (let o = tile; o < end; o++) host[o * row + to] = backend[from + o]!;
      }
  }
  return host;
}
