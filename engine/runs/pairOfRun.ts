/** Finds the kind of pair of one connectivity run, from the run directories of its ends. */
import { sha256Of } from '../checkpoints/write';
import type { Pair } from '../vocabulary/runRelations';
import type { RunSnapshot, RunSummary } from '../vocabulary/runSummary';
import { readRun } from './list';
import { runOf } from './record';
import { relate, type RelatedRun } from './relations';
import { checkpointsOf, overviewOf, summaryOf } from './snapshot';

/** Returns the summary of a run, with the kind of pair if it is a connectivity run. */
export async function summaryWithPair(snapshot: RunSnapshot): Promise<RunSummary & { pair?: Pair }> {
  const pair = await pairOfRun(snapshot);
  return { ...summaryOf(snapshot), ...(pair && { pair }) };
}

async function pairOfRun(snapshot: RunSnapshot): Promise<Pair | undefined> {
  const { record, directory } = snapshot;
  if (record.kind !== 'connectivity' || record.c) return undefined;
  const files = [record.a, record.b].map(({ checkpoint }) => checkpoint);
  const writers = [...new Set(files.flatMap((file) => runOf(file) ?? []))];
  const read = await Promise.all(writers.map((writer) => readRun(writer).catch(() => undefined)));
  const snapshots = [snapshot, ...read.flatMap((found) => found?.snapshot ?? [])];
  const hashes = new Map<string, string>();
  for (const file of files) hashes.set(file, await sha256Of(file).catch(() => ''));
  return relate(snapshots.map(relatedRun), (file) => hashes.get(file)).get(directory)?.pair;
}

function relatedRun(snapshot: RunSnapshot): RelatedRun {
  const { directory, record, datasetSha256 } = snapshot;
  return { directory, record, datasetSha256, checkpoints: checkpointsOf(overviewOf(snapshot)) };
}
