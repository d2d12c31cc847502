/** What the palette asks to start, and the answer. Types only. */
import type { RunOptions } from './runOptions';
import type { TransferVariant } from './runRecord';

/** A new run below `folder`: of a run file, of options, from a checkpoint, or between two checkpoints. */
export type RunRequest = { folder: string } & (
  | { file: string }
  | { name: string; options: Partial<RunOptions> }
  | { checkpoint: string; variant: TransferVariant; seed: number }
  | { a: string; b: string; points: number }
);

/** The run directory, or the warnings that a person has to confirm first; then nothing was written. */
export type Prepared = { directory: string } | { warnings: string[] };

/** The answer to a start. `finished`: a run with these options is there and has ended, so none was started. */
export type Started = Prepared | { directory: string; finished: 'done' | 'diverged' };
