/** `run.json`: what a run was asked to do. Types only. */
import type { RunOptions } from './runOptions';

export type RunKind = 'search' | 'train' | 'connectivity';

/** What is carried over from a checkpoint onto a new initialization (method.md §1.1; official code: utils/mask_transfer.py). */
export type TransferVariant =
  | 'signed-mask' // |θ_init| ⊙ s, ψ from the initialization
  | 'mask-only' // θ_init ⊙ m
  | 'psi-kept' // |θ_init| ⊙ s with the trained ψ of the source
  | 'random-signs' // the mask, |θ_init| with random signs; biases and classifier from the initialization
  | 'random-signed-mask' // as `signed-mask`, with random signs of the masked weights: the like-for-like control
  | 'retrain'; // the ticket itself, trained to the end: the pruned network, under imp with its weights rewound

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

/**
 * `run.json`: what was asked, never changed. `name` is the run file's; it is the name checkpoints carry, wherever the directory stands.
 * `madeIn` is where the directory stood when it was made; version 0.1 did not write it. Paths are relative to the directory in the file,
 * and absolute everywhere else.
 */
export type RunRecord = RunOptions & { version: 1; name: string; madeIn?: string } & (
    { kind: 'search' } | { kind: 'train'; source: TrainSource } | ({ kind: 'connectivity' } & ConnectivityEnds)
  );
