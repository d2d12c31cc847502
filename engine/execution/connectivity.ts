/** Executes a connectivity run: measures the networks on the straight line between two checkpoints. */
import { alphas, interpolate, masksEqual, measureBarriers } from '../connectivity/interpolate';
import { hasBatchNorm } from '../models/network';
import type { NetworkState } from '../tensors';
import type { CurvePoint, RunResult } from '../vocabulary/runEvents';
import type { ConnectivityEnds } from '../vocabulary/runRecord';
import { Stopped } from './outcomes';
import type { Session } from './session';
import { readSource } from './source';

const NORMALIZATION = {
  batch:
    'batch-norm statistics re-estimated at each point: the mean over one pass of the training set, weighted by images',
  none: 'nothing was re-estimated, because the network has no batch norm',
};

/**
 * Measures every α that is not in `known`, from A (α = 1) to B (α = 0). `known` contains the points that were measured before an
 * interruption.
 */
export async function connect(session: Session, ends: ConnectivityEnds, known: CurvePoint[]): Promise<RunResult> {
  const { log } = session;
  const [a, b] = [await readSource(ends.a, session), await readSource(ends.b, session)];
  session.begin();
  const points = [...known];
  for (const alpha of alphas(ends.points).reverse()) {
    if (points.some((point) => point.alpha === alpha)) continue;
    if (session.stopRequested()) throw new Stopped('stopped');
    const point = await measureAt(session, interpolate(a, b, alpha), alpha);
    log.append({ type: 'point', ...point });
    log.sync();
    points.push(point);
  }
  const barriers = measureBarriers(points);
  const normalization = NORMALIZATION[hasBatchNorm(session.architecture) ? 'batch' : 'none'];
  return {
    kind: 'connectivity',
    barrier: barriers[0],
    barriers,
    normalization,
    masks: masksEqual(a, b) ? 'equal' : 'different',
  };
}

async function measureAt(session: Session, network: NetworkState, alpha: number): Promise<CurvePoint> {
  const { record, trainer, maker, architecture } = session;
  const batches = (split: 'train' | 'test') => maker.evaluation(split, record.batchSize);
  trainer.load(network);
  if (hasBatchNorm(architecture)) await trainer.reestimateNormalization(batches('train'));
  return { alpha, train: await trainer.evaluate(batches('train')), test: await trainer.evaluate(batches('test')) };
}
