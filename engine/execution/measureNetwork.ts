/** Measures networks on a line or a plane between checkpoints. */
import { drawNumbers } from '../backends/operations/dropout';
import { masksEqual, refuseDifferentMasks } from '../connectivity/combine';
import { hasBatchNorm } from '../models/network';
import { fitOptionsOf } from '../runs/sourceWarnings';
import type { NetworkState } from '../tensors';
import { DEFAULT_MASKS, DEFAULT_NORMALIZATION, NO_BATCH_NORM, NORMALIZATIONS } from '../vocabulary/connectivity';
import type { CurvePoint } from '../vocabulary/runEvents';
import type { FileAsOf, Measuring } from '../vocabulary/runRecord';
import { dataSeedOf } from '../vocabulary/seeds';
import type { Session } from './session';
import { readSource } from './source';

/** The fields of a result that say how the networks were measured. */
export interface Measurement {
  normalization: string;
  masks: 'equal' | 'different';
}

/** Reads the ends of a measurement. Throws UserError if their masks must be equal and are not. */
export async function readEnds(
  session: Session,
  files: readonly FileAsOf[],
  { masks = DEFAULT_MASKS }: Measuring,
): Promise<NetworkState[]> {
  const states: NetworkState[] = [];
  for (const file of files) states.push(await readSource(file, session, fitOptionsOf(session.record)));
  const names = files.map(({ checkpoint }) => checkpoint);
  if (masks === 'equal') refuseDifferentMasks(names, states);
  return states;
}

/** Returns the fields of a result that say how the networks between these ends were measured. */
export function describeMeasurement(
  { architecture }: Pick<Session, 'architecture'>,
  ends: readonly NetworkState[],
  { normalization = DEFAULT_NORMALIZATION }: Measuring,
): Measurement {
  return {
    normalization: hasBatchNorm(architecture) ? NORMALIZATIONS[normalization].sentence : NO_BATCH_NORM,
    masks: masksEqual(...ends) ? 'equal' : 'different',
  };
}

/** Measures a network on the training set and the test set, after its batch-norm statistics were set as `normalization` says. */
export async function measureNetwork(
  session: Session,
  network: NetworkState,
  { normalization = DEFAULT_NORMALIZATION }: Measuring,
): Promise<Pick<CurvePoint, 'train' | 'test'>> {
  const { record, trainer, maker, architecture } = session;
  const batches = (split: 'train' | 'test') => maker.evaluation(split, record.batchSize);
  trainer.load(network);
  if (hasBatchNorm(architecture)) {
    if (normalization === 'exact') await trainer.reestimateNormalization(batches('train'));
    if (normalization === 'ema') await trackOnce(session);
  }
  return { train: await trainer.evaluate(batches('train')), test: await trainer.evaluate(batches('test')) };
}

/** Tracks the statistics over one epoch. Order and augmentation are those of the first epoch of training, and the same for all networks. */
function trackOnce({ record, trainer, maker }: Session): Promise<void> {
  const { batchSize, augmentation } = record;
  const seed = dataSeedOf(record);
  const batches = maker.pass({ batchSize, seed, round: 0, epoch: 0, augmentation });
  return trainer.trackNormalization(batches, (batch) => drawNumbers(seed, 'dropout', 0, 0, batch));
}
