/** Executes a connectivity run with three ends: measures the networks on the plane through them. */
import { networkAt, planeThrough, spansPlane, type Three } from '../connectivity/plane';
import { UserError } from '../errors';
import { DEFAULT_MASKS } from '../vocabulary/connectivity';
import type { RunResult, SurfacePoint } from '../vocabulary/runEvents';
import type { SurfaceEnds } from '../vocabulary/runRecord';
import { planePoints } from '../vocabulary/surfaceGrid';
import { describeMeasurement, measureNetwork, readEnds } from './measureNetwork';
import { Stopped } from './outcomes';
import type { Session } from './session';

/**
 * Measures A, B, C and the points of the grid that are not in `known`. `known` contains the points that were measured before an
 * interruption.
 */
export async function measureSurface(
  session: Session,
  ends: SurfaceEnds,
  known: readonly SurfacePoint[],
): Promise<RunResult> {
  const { log } = session;
  const files = [ends.a, ends.b, ends.c];
  const states = (await readEnds(session, files, ends)) as [...Three];
  const plane = planeThrough(states);
  if (!spansPlane(plane))
    throw new UserError(
      `${files.map(({ checkpoint }) => checkpoint).join(', ')} are on one line, so no plane goes through them. Name three checkpoints with different weights.`,
    );
  session.begin();
  log.append({ type: 'plane', ...plane });
  for (const point of planePoints(plane, ends.points)) {
    if (known.some(({ x, y, end }) => x === point.x && y === point.y && end === point.end)) continue;
    if (session.stopRequested()) throw new Stopped('stopped');
    const network = networkAt(states, plane, point, ends.masks ?? DEFAULT_MASKS);
    log.append({ type: 'cell', ...point, ...(await measureNetwork(session, network, ends)) });
    log.sync();
  }
  return { kind: 'surface', ...describeMeasurement(session, states, ends) };
}
