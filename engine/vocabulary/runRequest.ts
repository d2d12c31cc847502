/** Requests of the command palette to start a run, and their answers. Types only. */
import type { CheckpointRef } from './checkpoint';
import type { RunOptions } from './runOptions';
import type { Measuring } from './runRecord';
import type { TransferChoices } from './transferVariants';

/** The checkpoint that a search continues from. */
export interface ContinueFrom {
  checkpoint: CheckpointRef;
  /** The round that ended with this checkpoint. Default: the round in its metadata. */
  round?: number | undefined;
  /** The network before round 0. Without it, flips since the initialization are unknown, and imp is not possible. */
  initialization?: CheckpointRef | undefined;
}

/** A new run below `folder`, from a run file, from options, from a checkpoint, or between two checkpoints. */
export type RunRequest = { folder: string } & (
  | { file: string; from?: ContinueFrom }
  | { name: string; options: Partial<RunOptions> }
  /** `optionsFile`: a run file with the model and the data, if they are not those of the checkpoint's run. */
  | ({ checkpoint: CheckpointRef; seed: number; optionsFile?: string | undefined } & TransferChoices)
  | ({ a: CheckpointRef; b: CheckpointRef; points: number } & Measuring)
  | ({ a: CheckpointRef; b: CheckpointRef; c: CheckpointRef; points: number } & Measuring)
);

/**
 * The run directory, or what the user must confirm first: warnings, and what was inferred about a network of the user. Then nothing was
 * written.
 */
export type Prepared = { directory: string } | { warnings: string[]; inferred?: string[] };

/** The answer to a start. `finished`: a run with these options exists and has ended, so no run was started. */
export type Started = Prepared | { directory: string; finished: 'done' | 'diverged' };
