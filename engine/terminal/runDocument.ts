/** Makes the JSON document of a run that `run`, `resume`, `transfer`, `interpolate`, `show` and `runs` print (docs/json.md). */
import path from 'node:path';
import type { Barrier, CurvePoint, Measured, RunResult } from '../vocabulary/runEvents';
import { accuracyNote, isInterior } from '../vocabulary/barrierWords';
import { namedBarriers } from '../vocabulary/namedBarriers';
import { agreementOfRun } from '../vocabulary/transferSigns';
import type { RunSnapshot, RunSummary } from '../vocabulary/runSummary';

/** Adds facts that a script cannot derive: in which phase accuracies were measured, whether a barrier is interior, and why accuracies differ from those of other runs. */
export function summaryDocument<R extends RunSummary>({ rounds, result, ...summary }: R) {
  const measured = summary.kind === 'search' ? ('in search' as const) : ('after full training' as const);
  return {
    ...summary,
    rounds: rounds.map((round) => ({ ...round, checkpoint: within(summary, round.checkpoint), measured })),
    ...(result && { result: resultDocument(summary, result) }),
  };
}

/** Returns the path of a checkpoint relative to the run directory, so that the document does not change if the run is moved. */
function within({ directory }: Pick<RunSummary, 'directory'>, checkpoint: string): string {
  return path.relative(directory, checkpoint).split(path.sep).join('/');
}

/** Returns the document of one run: its summary with everything that is kept of its rounds, and the epochs, or the points of a connectivity run. */
export function runDocument(
  summary: RunSummary,
  snapshot: Pick<RunSnapshot, 'source' | 'epochs' | 'points' | 'rounds' | 'cells' | 'plane' | 'transferred'>,
) {
  const { epochs, points, rounds } = snapshot;
  const signs = agreementOfRun(snapshot);
  const document = {
    ...summaryDocument({ ...summary, rounds: rounds.map(({ sha256, ...round }) => round) }),
    ...(signs && { signs }),
  };
  if (summary.kind !== 'connectivity') return { ...document, epochs };
  if (summary.ends?.c) {
    const { cells = [], plane } = snapshot;
    return { ...document, cells: cells.map(withErrors), ...(plane && { plane }) };
  }
  return { ...document, points: [...points].sort((a, b) => a.alpha - b.alpha).map(withErrors) };
}

function resultDocument(summary: Pick<RunSummary, 'directory' | 'ends'>, result: RunResult) {
  if (result.kind === 'surface') return result;
  if (result.kind !== 'connectivity') return { ...result, checkpoint: within(summary, result.checkpoint) };
  const note = accuracyNote(result);
  const barriers = { barrier: withInterior(result.barrier), barriers: result.barriers.map(withInterior) };
  const named = summary.ends && { named: namedBarriers(result, summary.ends.points) };
  return { ...result, ...barriers, ...named, ...(note !== undefined && { accuracyNote: note }) };
}

function withInterior(barrier: Barrier) {
  return { ...barrier, interior: isInterior(barrier) };
}

/** Adds the errors (100 − accuracy) to a point, for scripts that plot them. */
function withErrors<P extends Pick<CurvePoint, 'train' | 'test'>>({ train, test, ...place }: P) {
  const withError = (measured: Measured) => ({ ...measured, error: 100 - measured.accuracy });
  return { ...place, train: withError(train), test: withError(test) };
}
