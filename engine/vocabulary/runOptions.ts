/** The options of a run: a run file with its defaults filled in. Types only; the schema holds bounds and defaults. */

export type Method = 'dense' | 'imp' | 'lrr' | 'aws';

/** A registered name, or a family with the options that build it. */
export type ModelSpec =
  | string
  | {
      model: string;
      options?: Record<string, unknown>;
      /** The data say it; given, it must agree with them. */
      classes?: number;
    };

/** `sample` is the shipped subset of Fashion-MNIST; `path` is relative to the run file. */
export type DatasetSpec =
  | 'sample'
  | {
      format: 'idx' | 'cifar10' | 'cifar100' | 'npz' | 'safetensors';
      path: string;
      /** Array formats: which arrays, and which rows [from, to) of them. */
      train?: ArraySplit;
      test?: ArraySplit;
      /** Array formats: axis order of the images; images without a channel axis are N, H, W. Default `NCHW`. */
      layout?: 'NCHW' | 'NHWC';
      /** Per channel, in the unit of the stored values (0…255 for bytes): x ↦ (x − mean) / std. Default: measured on the training split. */
      normalization?: { mean: number[]; std: number[] };
      /** Use at most so many examples of each split, from the front. */
      limit?: { train?: number; test?: number };
    };

export interface ArraySplit {
  images: string;
  labels: string;
  rows?: [number, number];
}

/** Of the final training A(·), in epochs; searches train at a constant rate. `step` is ×0.1 at 50 % and at 75 %; `cosine` ends at rate × 1e-3. */
export type Schedule = 'constant' | 'step' | 'cosine' | { milestones: number[]; factor: number };

/** `crop`: padding in pixels of a random crop; `flip`: horizontal flip with probability ½. */
export interface Augmentation {
  crop: number;
  flip: boolean;
}

export type BackendName = 'auto' | 'wasm' | 'webgpu' | 'tensorflow';

/** A run file `NAME.sign.json` after its defaults are filled in. The schema `engine/runs/run.schema.json` says each field's bounds and default. */
export interface RunOptions {
  method: Method;
  model: ModelSpec;
  dataset: DatasetSpec;
  rounds: number;
  /** Of the surviving prunable weights, per round, in (0, 1). */
  pruningFraction: number;
  warmupEpochs: number;
  epochsPerRound: number;
  /** imp: the step of round 0 whose weights survivors are rewound to. */
  rewindStep: number;
  optimizer: 'sgd' | 'adam';
  learningRate: number;
  momentum: number;
  weightDecay: number;
  schedule: Schedule;
  batchSize: number;
  augmentation: Augmentation;
  /** aws: the range α is drawn from in each step, uniformly from [low, high). */
  normalizationInterpolation: { low: number; high: number };
  /** Of A(·), the full training of dense, retrained and transferred networks. */
  finalEpochs: number;
  seed: number;
  /** Order of the training images and their augmentation; default `seed`. */
  dataSeed?: number;
  backend: BackendName;
}
