/** Makes drafts with the options of a run file or of an existing run. */
import path from 'node:path';
import { draftTransfer } from './derivedDrafts';
import { type Draft, draftOf, type Place } from './drafts';
import { draftConnectivity } from './measurementDrafts';
import { checkReplaced, replacedBy, type Overrides } from './overrides';
import { paths } from './paths';
import { optionsOf, readRecord, recordOf } from './record';
import { locateRecord } from './recordPaths';
import { readRunFile } from './runFile';
import type { CheckpointChoice } from '../vocabulary/checkpoint';
import type { FileAsOf, RunRecord } from '../vocabulary/runRecord';

/** Drafts a run from a run file, or from a copy of a `run.json` under another name. */
export async function draftFromFile(place: Place, file: string, overrides?: Overrides): Promise<Draft> {
  const found = await readRunFile(file);
  if (found.record) return draftFromRecord(place, { record: found.record, file }, overrides);
  const replaced = replacedBy(overrides);
  return draftOf(place, recordOf(found.name, checkReplaced(found, overrides)), { origin: file, replaced });
}

/** Drafts a run with the kind, the sources and the options of the run in a directory. Some options may be replaced. */
export async function draftLike(place: Place, directory: string, overrides?: Overrides): Promise<Draft> {
  return draftFromRecord(place, { record: await readRecord(directory), file: paths.record(directory) }, overrides);
}

/** @param file path of the record, for errors */
async function draftFromRecord(
  place: Place,
  { record: recorded, file }: { record: RunRecord; file: string },
  overrides: Overrides = {},
): Promise<Draft> {
  const { record, moved } = await locateRecord(path.dirname(file), recorded);
  const options = optionsOf(record);
  const origin = { options, file, moved };
  if (record.kind === 'connectivity') {
    const { a, b, points, normalization, masks } = record;
    const how = { ...(normalization && { normalization }), ...(masks && { masks }) };
    return draftConnectivity(place, { a: choiceOf(a), b: choiceOf(b), points, ...how, origin, overrides });
  }
  if (record.kind === 'train' && record.source.from === 'checkpoint') {
    const { variant, magnitudeSeed, rescale, classifier, initialization } = record.source;
    const { seed, dataSeed } = options;
    const choices = {
      variant,
      magnitudeSeed,
      rescale,
      classifier,
      initialization: initialization && choiceOf(initialization),
    };
    const checkpoint = choiceOf(record.source);
    return draftTransfer(place, { checkpoint, ...choices, seed, origin, overrides: { dataSeed, ...overrides } });
  }
  const replaced = replacedBy(overrides);
  return draftOf(place, recordOf(record.name, checkReplaced(origin, overrides)), { origin: file, replaced, moved });
}

/** Returns the recorded choices for a checkpoint. */
function choiceOf({ checkpoint: file, layers, state, mask }: FileAsOf): CheckpointChoice {
  return {
    file,
    ...(layers !== undefined && { layers }),
    ...(state !== undefined && { state }),
    ...(mask && { mask: mask.checkpoint }),
  };
}
