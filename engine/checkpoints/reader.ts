/** One way to read tensors by name and by range, whatever the file format; nothing of a file is ever executed. */
import type { TensorHeader } from '../protocol';

export interface CheckpointReader {
  format: string;
  metadata: Record<string, string>;
  tensors: readonly TensorHeader[];
  /** Bytes of elements [from, to) of a tensor, little-endian row-major; the whole of it by default. */
  bytes(name: string, from?: number, to?: number): Promise<Uint8Array>;
  /** The same elements as numbers: float64 holds every dtype but large 64-bit integers exactly. */
  values(name: string, from?: number, to?: number): Promise<Float32Array | Float64Array>;
  close(): Promise<void>;
}
