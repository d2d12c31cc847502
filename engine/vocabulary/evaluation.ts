/** The evaluation of a checkpoint. Types only. */
import type { CheckpointRef } from './checkpoint';
import type { Measured } from './runEvents';
import type { ModelSpec } from './runOptions';

export const SPLITS = ['test', 'train'] as const;
export type SplitName = (typeof SPLITS)[number];

export interface EvaluationRequest {
  checkpoint: CheckpointRef;
  /** A run file with the data, and with the network unless the checkpoint names it. Needed if the checkpoint is not in a run directory. */
  optionsFile?: string | undefined;
  /** Default: `test`. */
  split?: SplitName;
  /** Whether batch-norm statistics are first measured over the whole training set, at α = 0 and without augmentation. */
  reestimate?: boolean;
}

export interface Evaluation extends Measured {
  /** Absolute path of the checkpoint. */
  file: string;
  split: SplitName;
  /** Number of images. */
  images: number;
  /** Batch-norm statistics: those in the file, those of one pass over the training set, or `none` without batch norm. */
  statistics: 'stored' | 're-estimated' | 'none';
  model: ModelSpec;
  /** Name of the dataset. */
  dataset: string;
  /** Name of the backend. */
  backend: string;
  /** Sentences about differences between the data and those of the training. */
  notes: string[];
}
