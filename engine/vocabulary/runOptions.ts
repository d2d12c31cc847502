/** What a run is asked to do: the run file with its defaults filled in, and `run.json`. Types only; the schema holds bounds and defaults. */

export type Method = 'dense' | 'imp' | 'lrr' | 'aws';
export type RunKind = 'search' | 'train' | 'connectivity';

/** What is carried over from a checkpoint onto a new initialization (method.md §1.1; official code: utils/mask_transfer.py). */
export type TransferVariant =
  | 'signed-mask' // |θ_init| ⊙ s, ψ from the initialization
  | 'mask-only' // θ_init ⊙ m
  | 'psi-kept' // |θ_init| ⊙ s with the trained ψ of the source
  | 'random-signs' // the mask, |θ_init| with random signs: the control for `signed-mask`
  | 'retrain'; // the ticket itself, trained to the end: the pruned network, under imp with its weights rewound

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
  backend: BackendName;
}

/** A checkpoint as it was when the run was asked for: `sha256` names the bytes it had. */
export interface FileAsOf {
  checkpoint: string;
  sha256: string;
}

/** Where a `train` run starts: a fresh initialization, or something taken over from a checkpoint. */
export type TrainSource =
  | { from: 'initialization' }
  | ({
      from: 'checkpoint';
      variant: TransferVariant;
      /** `retrain` of an imp search: the checkpoint that the ticket has its weights from. */
      rewind?: FileAsOf;
    } & FileAsOf);

/** The two ends of an interpolation. */
export interface ConnectivityEnds {
  a: FileAsOf;
  b: FileAsOf;
  points: number;
}

/** `run.json`: what was asked, never changed. `name` is the run file's; it is the name checkpoints carry, wherever the directory stands. */
export type RunRecord = RunOptions & { version: 1; name: string } & (
    { kind: 'search' } | { kind: 'train'; source: TrainSource } | ({ kind: 'connectivity' } & ConnectivityEnds)
  );
