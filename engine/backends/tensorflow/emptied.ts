/** Tensors whose values nobody needs, so that their memory can be freed. */
import type { Binding, OutputMetadata } from './executor';

/** The bytes of the largest tensor that keeps its memory. */
const SMALL = 1 << 16;

/** Stands for tensors whose memory was freed. An operation that uses one of them is lent a tensor of zeros with the same shape. */
export class Emptied {
  private readonly tensors = new Map<number, OutputMetadata>();

  constructor(private readonly binding: Binding) {}

  /** Frees the memory of a result, if it is large. */
  add(output: OutputMetadata): void {
    const { TF_FLOAT, TF_INT32 } = this.binding;
    const bytes = output.shape.reduce((size, length) => size * length, 4);
    if (bytes <= SMALL || ![TF_FLOAT, TF_INT32].includes(output.dtype)) return;
    this.binding.deleteTensor(output.id);
    this.tensors.set(output.id, output);
  }

  /** Whether a tensor has no memory. */
  has(id: number): boolean {
    return this.tensors.has(id);
  }

  /** Calls `use` with ids of tensors that have memory, and then frees what was lent. */
  lend<T>(ids: number[], use: (lent: number[]) => T): T {
    const made: number[] = [];
    try {
      return use(
        ids.map((id) => {
          const tensor = this.tensors.get(id);
          if (!tensor) return id;
          made.push(this.zeros(tensor));
          return made.at(-1)!;
        }),
      );
    } finally {
      for (const id of made) this.binding.deleteTensor(id);
    }
  }

  private zeros({ shape, dtype }: OutputMetadata): number {
    const { binding } = this;
    const isFloat = dtype === binding.TF_FLOAT;
    const inputs = [
      binding.createTensor([shape.length], binding.TF_INT32, Int32Array.from(shape)),
      binding.createTensor([], dtype, isFloat ? new Float32Array(1) : new Int32Array(1)),
    ];
    const types = { T: dtype, index_type: binding.TF_INT32 };
    const attributes = Object.entries(types).map(([name, value]) => ({ name, type: binding.TF_ATTR_TYPE, value }));
    try {
      return binding.executeOp('Fill', attributes, inputs, 1)[0]!.id;
    } finally {
      for (const id of inputs) binding.deleteTensor(id);
    }
  }
}
