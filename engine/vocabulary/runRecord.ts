/** The content of `run.json`, which defines a run. Types only. */
import type { ConnectivityNormalization, MaskRule } from './connectivity';
import type { RunOptions } from './runOptions';
import type { ClassifierChoice, Rescale, TransferVariant } from './transferVariants';

export type { TransferVariant };

export type RunKind = 'search' | 'train' | 'connectivity';

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

/** A transfer from a checkpoint, which is the ticket. */
export interface TicketSource extends FileAsOf {
  from: 'checkpoint';
  variant: TransferVariant;
  /** For `random-magnitudes`: the seed of the magnitudes, if it is not the seed of the run. */
  magnitudeSeed?: number;
  rescale?: Exclude<Rescale, 'none'>;
  /** The choice of the user. Without it, the classifier is new if the ticket has another number of classes than the data. */
  classifier?: ClassifierChoice;
  /** The network that the ticket was trained from: for `initial-signs`, or if the user named it. */
  initialization?: FileAsOf;
  /** For `retrain` of a ticket from an imp search: the checkpoint with the weights of the ticket. */
  rewind?: FileAsOf;
}

/** The start of a `train` run: a new initialization, or a transfer from a checkpoint. */
export type TrainSource = { from: 'initialization' } | TicketSource;

/** How the networks between checkpoints are measured. A missing field has its default. */
export interface Measuring {
  /** Default `exact`. */
  normalization?: ConnectivityNormalization;
  /** Default `union`. */
  masks?: MaskRule;
}

/** The two ends of an interpolation. */
export interface ConnectivityEnds extends Measuring {
  a: FileAsOf;
  b: FileAsOf;
  /** The third checkpoint of a loss surface. Without it, the networks on the line between A and B are measured. */
  c?: FileAsOf;
  /** Number of points on the line, or along each axis of the surface. */
  points: number;
}

/** The three checkpoints of a loss surface. */
export type SurfaceEnds = ConnectivityEnds & Required<Pick<ConnectivityEnds, 'c'>>;

/** The start of a search that continues from a checkpoint instead of a new initialization. */
export interface SearchStart extends FileAsOf {
  /** The round that ended with this checkpoint. The search begins with the prune after it. */
  round: number;
  /** The network before round 0, if the user named it. */
  initialization?: FileAsOf;
}

/**
 * The content of `run.json`, which never changes. `name` comes from the run file and is also in the checkpoints; the directory may have
 * another name. `madeIn` is the path of the directory when the run was made; version 0.1 did not write it. The file has paths relative to
 * the directory, but in memory all paths are absolute.
 */
export type RunRecord = RunOptions & { version: 1; name: string; madeIn?: string } & (
    | { kind: 'search'; start?: SearchStart }
    | { kind: 'train'; source: TrainSource }
    | ({ kind: 'connectivity' } & ConnectivityEnds)
  );
