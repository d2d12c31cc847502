/** Between a state dict and the backend's one vector of parameters: which entry stands where, and in which order of axes. */
import type { Segment } from '../backends/backend';
import type { Architecture, Entry } from '../models/network';
import { sizeOf, type HostTensor, type StateDict } from '../tensors';

export interface Layout {
  /** The entries that are trained, in state-dict order, and beside each its segment. */
  entries: readonly Entry[];
  segments: readonly Segment[];
  /** Number of all parameters. */
  size: number;
}

/** Convolutions become HWIO, linear layers and Conv1d of kernel 1 [in, out]. */
export function layoutOf(architecture: Architecture): Layout {
  const entries = architecture.entries.filter((entry) => entry.role !== 'buffer');
  let offset = 0;
  const segments = entries.map((entry) => {
    const segment = { offset, size: sizeOf(entry.shape), shape: backendShape(entry), kind: kindOf(entry) };
    offset += segment.size;
    return segment;
  });
  return { entries, segments, size: offset };
}

/** The vector of the tensors `tensorOf` gives for each entry; zeros where it gives none. */
export function pack(layout: Layout, tensorOf: (entry: Entry) => ArrayLike<number> | undefined): Float32Array {
  const vector = new Float32Array(layout.size);
  layout.entries.forEach((entry, i) => {
    const data = tensorOf(entry);
    if (!data) return;
    const { offset, size } = layout.segments[i]!;
    if (data.length !== size) throw new Error(`${entry.name} has ${data.length} elements, not ${size}`);
    eachElement(entry, (host, backend) => (vector[offset + backend] = data[host]!));
  });
  return vector;
}

/** The tensors of a vector by name, in PyTorch's layouts. */
export function unpack(layout: Layout, vector: Float32Array): StateDict {
  return new Map(
    layout.entries.map((entry, i): [string, HostTensor] => {
      const { offset, size } = layout.segments[i]!;
      const data = new Float32Array(size);
      eachElement(entry, (host, backend) => (data[host] = vector[offset + backend]!));
      return [entry.name, { dtype: 'F32', shape: entry.shape, data }];
    }),
  );
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

/** Calls with the place of each element in PyTorch's order and in the backend's. */
function eachElement({ role, shape }: Entry, visit: (host: number, backend: number) => void): void {
  if (role !== 'weight') {
    for (let i = 0; i < sizeOf(shape); i++) visit(i, i);
    return;
  }
  const [outputs, inputs, ...kernel] = shape as [number, number, ...number[]];
  const window = sizeOf(kernel);
  let host = 0;
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) for (let k = 0; k < window; k++) visit(host++, (k * inputs + i) * outputs + o);
}
