/** Labelled images as stored, and the normalization that training applies to them. */
import type { FileNames } from './images/names';

/** Pixels in the stored unit: bytes 0…255, or floats of the file. */
export type Pixels = Uint8Array | Float32Array;

/** Labelled images. Use `openSamples` to read them one at a time. */
export type Split = StoredSplit | FileSplit;

/** Images in memory. */
export interface StoredSplit {
  count: number;
  /** Images in NHWC order, in memory that threads share. */
  images: Pixels;
  /** The class of each image, 0 … classes − 1. */
  labels: Int32Array;
}

/** Image files, which are decoded when they are needed. */
export interface FileSplit {
  count: number;
  /** The class of each image, 0 … classes − 1. */
  labels: Int32Array;
  files: FileNames;
  /** Size of each file in bytes. */
  sizes: Uint32Array;
  /** For each image: the index of its file. */
  rows: Uint32Array;
  /** Size in pixels that the shorter side gets before the center is cropped. */
  resize: number;
}

export interface Dataset {
  /** Displayed name, for example `Fashion-MNIST sample`. */
  name: string;
  height: number;
  width: number;
  channels: number;
  classes: number;
  classNames?: string[];
  /** One number for each channel, in the stored unit: x ↦ (x − mean) / std. */
  normalization: { mean: number[]; std: number[] };
  /** Messages for the user about changes that were made while the files were read. Each message is one sentence. */
  notes?: string[];
  train: Split;
  test: Split;
}

/** One minibatch: the input of a network and its labels. */
export interface Batch {
  /** Normalized float32 images, NHWC. */
  images: Float32Array;
  labels: Int32Array;
  size: number;
}

/** Batches that a loop reads from the first to the last. */
export type Batches = Iterable<Batch> | AsyncIterable<Batch>;
