/** Exports checkpoints with what their runs have measured. */
import path from 'node:path';
import { exportCheckpoint, type ExportRequest } from '../checkpoints/export/export';
import { choiceOf } from '../checkpoints/open';
import type { Exported } from '../vocabulary/exportForms';
import { readRun } from './list';
import { epochsOf, runOf } from './record';

/** Exports a checkpoint as `exportCheckpoint` does. The form `official` gets accuracy and epochs of the round if a run has logged them. */
export async function exportWithFacts(request: ExportRequest): Promise<Exported> {
  if (request.form !== 'official') return exportCheckpoint(request);
  return exportCheckpoint({ ...request, facts: await factsOf(choiceOf(request.checkpoint).file) });
}

async function factsOf(checkpoint: string): Promise<ExportRequest['facts']> {
  const file = path.resolve(checkpoint);
  const directory = runOf(file);
  if (directory === undefined) return undefined;
  const { snapshot } = await readRun(directory);
  const found = snapshot.rounds.find((round) => round.checkpoint === file);
  return found && { epoch: epochsOf(snapshot.record, found.round), accuracy: found.test.accuracy };
}
