/** Executes a connectivity run: measures the networks on the straight line between two checkpoints. */
import { alphas, interpolate, measureBarriers } from '../connectivity/interpolate';
import type { CurvePoint, RunResult } from '../vocabulary/runEvents';
import type { ConnectivityEnds } from '../vocabulary/runRecord';
import { describeMeasurement, measureNetwork, readEnds } from './measureNetwork';
import { Stopped } from './outcomes';
import type { Session } from './session';

/**
 * Measures every α that is not in `known`, from A (α = 1) to B (α = 0). `known` contains the points that were measured before an
 * interruption.
 */
export async function connect(session: Session, ends: ConnectivityEnds, known: CurvePoint[]): Promise<RunResult> {
  const { log } = session;
  const states = await readEnds(session, [ends.a, ends.b], ends);
  const [a, b] = states;
  session.begin();
  const points = [...known];
  for (const alpha of alphas(ends.points).reverse()) {
    if (points.some((point) => point.alpha === alpha)) continue;
    if (session.stopRequested()) throw new Stopped('stopped');
    const point = { alpha, ...(await measureNetwork(session, interpolate(a!, b!, alpha, ends.masks), ends)) };
    log.append({ type: 'point', ...point });
    log.sync();
    points.push(point);
  }
  const barriers = measureBarriers(points);
  return { kind: 'connectivity', barrier: barriers[0], barriers, ...describeMeasurement(session, states, ends) };
}
