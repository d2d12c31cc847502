/** The content of `run.json`, which defines a run. Types only. */
import type { RunOptions } from './runOptions';

export type RunKind = 'search' | 'train' | 'connectivity';

/**
 * The parts that are transferred from a checkpoint to a new initialization θ_init (official code: utils/mask_transfer.py). The source has
 * the mask m and the signs s. ψ are the scales and shifts of normalization.
 */
export type TransferVariant =
  | 'signed-mask' // |θ_init| ⊙ s, ψ from the initialization
  | 'mask-only' // θ_init ⊙ m
  | 'psi-kept' // |θ_init| ⊙ s with the trained ψ of the source
  | 'random-signs' // the mask, |θ_init| with random signs; biases and classifier from the initialization
  | 'random-signed-mask' // like `signed-mask`, but with random signs of the kept weights, as a control
  | 'retrain'; // the ticket itself: the pruned network, for imp with rewound weights

/** A file, with the SHA-256 that it had when the run was made. */
export interface HashedFile {
  checkpoint: string;
  sha256: string;
}

/** A checkpoint that a run starts from or measures, and the choices that were made for it (`CheckpointChoice`). */
export interface FileAsOf extends HashedFile {
  /** Which layers are prunable, if the rule is not `default`. */
  layers?: string;
  /** The path of the state dict in the file, if the user chose one. */
  state?: string;
  /** The file with the masks, if they are not in the checkpoint. */
  mask?: HashedFile;
}

/** The start of a `train` run: a new initialization, or a transfer from a checkpoint. */
export type TrainSource =
  | { from: 'initialization' }
  | ({
      from: 'checkpoint';
      variant: TransferVariant;
      /** For `retrain` of a ticket from an imp search: the checkpoint with the weights of the ticket. */
      rewind?: FileAsOf;
    } & FileAsOf);

/** The two ends of an interpolation. */
export interface ConnectivityEnds {
  a: FileAsOf;
  b: FileAsOf;
  points: number;
}

/**
 * The content of `run.json`, which never changes. `name` comes from the run file and is also in the checkpoints; the directory may have
 * another name. `madeIn` is the path of the directory when the run was made; version 0.1 did not write it. The file has paths relative to
 * the directory, but in memory all paths are absolute.
 */
export type RunRecord = RunOptions & { version: 1; name: string; madeIn?: string } & (
    { kind: 'search' } | { kind: 'train'; source: TrainSource } | ({ kind: 'connectivity' } & ConnectivityEnds)
  );
