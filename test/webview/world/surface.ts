/** A fake loss surface through three trained networks. */
import type { RelatedSnapshot } from '../../../engine/protocol';
import { planePoints } from '../../../engine/vocabulary/surfaceGrid';
import { connectivityRun, FOLDER } from './runs';

const PLANE = { x: 0.42, width: 24.5, height: 19.8 };
const ENDS = ['aws-seed1', 'aws-seed2', 'lrr-seed2'];

/** Makes a finished run with a valley between A and B, and another one at C. */
export function surfaceRun(name: string, points = 21): RelatedSnapshot {
  const run = connectivityRun(name, 0, ENDS.slice(0, 2));
  const { points: _, result, pair: __, ...rest } = run;
  const files = ENDS.map((end) => ({ checkpoint: `${FOLDER}/${end}/checkpoints/final.safetensors`, sha256: '' }));
  const ends = { a: files[0]!, b: files[1]!, c: files[2]!, points };
  const cells = planePoints(PLANE, points).map((point) => {
    const depth = valley(point.x, point.y);
    const error = 8 + 70 * (1 - Math.exp(-1.6 * depth));
    const measured = (loss: number, top: number) => ({ loss, accuracy: 100 - top });
    return {
      ...point,
      test: measured(0.26 * Math.exp(2.6 * depth), error),
      train: measured(0.02 * Math.exp(4 * depth), error / 2),
    };
  });
  const sources = ENDS.map((end, place) => ({
    file: files[place]!.checkpoint,
    sha256: '',
    label: `${end}/final`,
    run: `${FOLDER}/${end}`,
  }));
  const normalization = result?.kind === 'connectivity' ? result.normalization : '';
  return {
    ...rest,
    record: { ...rest.record, kind: 'connectivity', ...ends },
    ends,
    sources,
    points: [],
    plane: PLANE,
    cells,
    result: { kind: 'surface', normalization, masks: 'equal' },
  };
}

/** Returns how far a network is from both valleys, from 0. */
function valley(x: number, y: number): number {
  const alongAb = y ** 2 * 5 + Math.max(0, Math.abs(x - 0.5) - 0.5) ** 2 * 6 + 0.12 * Math.sin(Math.PI * x) ** 2;
  const atC = (x - PLANE.x) ** 2 * 6 + (y - 1) ** 2 * 5;
  return Math.min(alongAb, atC);
}

/** Returns the run as it is after this number of networks. */
export function unfinished(run: RelatedSnapshot, count: number): RelatedSnapshot {
  const { result: _, ...rest } = run;
  return { ...rest, status: 'running', cells: run.cells!.slice(0, count) };
}
