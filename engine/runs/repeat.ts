/** Makes drafts with the options of a run file or of an existing run. */
import path from 'node:path';
import { draftContinued } from './continued';
import { draftTransfer } from './derivedDrafts';
import { type Draft, draftOf, type Place } from './drafts';
import { draftConnectivity, draftSurface } from './measurementDrafts';
import { checkReplaced, replacedBy, type Overrides } from './overrides';
import { paths } from './paths';
import { optionsOf, readRecord, recordOf } from './record';
import { locateRecord } from './recordPaths';
import { readRunFile } from './runFile';
import type { CheckpointChoice } from '../vocabulary/checkpoint';
import type { FileAsOf, RunRecord } from '../vocabulary/runRecord';
import type { ContinueFrom } from '../vocabulary/runRequest';

/** Drafts a run from a run file, or from a copy of a `run.json` under another name. */
export async function draftFromFile(
  place: Place,
  file: string,
  { overrides, from }: { overrides?: Overrides | undefined; from?: ContinueFrom | undefined } = {},
): Promise<Draft> {
  const found = await readRunFile(file);
  if (found.record && !from) return draftFromRecord(place, { record: found.record, file }, overrides);
  const record = recordOf(found.name, checkReplaced(found, overrides));
  const origin = { origin: file, replaced: replacedBy(overrides) };
  return from ? draftContinued(place, record, { ...origin, from }) : draftOf(place, record, origin);
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
    const { a, b, c, points, normalization, masks } = record;
    const how = { ...(normalization && { normalization }), ...(masks && { masks }) };
    const request = { a: choiceOf(a), b: choiceOf(b), points, ...how, origin, overrides };
    return c ? draftSurface(place, { ...request, c: choiceOf(c) }) : draftConnectivity(place, request);
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
  const made = { origin: file, replaced: replacedBy(overrides), moved };
  const again = recordOf(record.name, checkReplaced(origin, overrides));
  if (record.kind !== 'search' || !record.start) return draftOf(place, again, made);
  const { round, initialization } = record.start;
  const from = {
    checkpoint: choiceOf(record.start),
    round,
    initialization: initialization && choiceOf(initialization),
  };
  return draftContinued(place, again, { ...made, from });
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
