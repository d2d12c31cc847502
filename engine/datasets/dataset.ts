/** Labelled images as they are stored, and the normalization that training applies to them. */

export interface Split {
  count: number;
  /** count × height × width × channels (NHWC), in the stored unit (bytes 0…255, or floats of the file), in memory that threads share. */
  images: Uint8Array | Float32Array;
  /** 0 … classes − 1. */
  labels: Int32Array;
}

export interface Dataset {
  /** Displayed name, for example `Fashion-MNIST sample`. */
  name: string;
  height: number;
  width: number;
  channels: number;
  classes: number;
  classNames?: string[];
  /** Per channel, in the stored unit: x ↦ (x − mean) / std. */
  normalization: { mean: number[]; std: number[] };
  /** Messages for the user about what was changed while the files were read, one sentence each. */
  notes?: string[];
  train: Split;
  test: Split;
}

/** One minibatch, as input of a network. */
export interface Batch {
  /** Normalized float32 images, NHWC. */
  images: Float32Array;
  labels: Int32Array;
  size: number;
}
