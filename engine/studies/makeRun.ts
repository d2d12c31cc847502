/** Makes the run directory of a run of a study. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { draftTransfer } from '../runs/derivedDrafts';
import { type Draft, draftOf, makeRun } from '../runs/drafts';
import { draftConnectivity } from '../runs/measurementDrafts';
import { paths } from '../runs/paths';
import { OtherRun, readRecord, recordOf } from '../runs/record';
import { POINTS } from '../vocabulary/runSchema';
import { optionsToMake } from './differences';
import type { StudyRun } from './expand';
import { directoryOf } from './place';
import { WAYS_OUT } from '../vocabulary/studyChanges';
import type { ReadStudy } from './studyFile';

/**
 * Makes the directory of a run with exactly the options that the study gives it. Its sources must be there; their content is then part of
 * the run. Throws UserError if the directory has a run with other options.
 */
export async function makeStudyRun(study: ReadStudy, run: StudyRun): Promise<string> {
  try {
    return await makeRun(await draftOfRun(study, run));
  } catch (error) {
    if (!(error instanceof OtherRun)) throw error;
    throw new OtherRun(error.found, { advice: { terminal: WAYS_OUT, window: WAYS_OUT }, cause: error });
  }
}

async function draftOfRun(study: ReadStudy, run: StudyRun): Promise<Draft> {
  const { name, kind, sources, settings } = run;
  const place = { directory: directoryOf(study, name) };
  const made = existsSync(paths.record(place.directory)) ? await readRecord(place.directory) : undefined;
  const options = optionsToMake(run, made);
  // Its source may have been made with other options that do not decide its result, so a derived run does not have those of its source.
  const origin = { options, file: study.file };
  const [first = '', second = ''] = sources.map((source) =>
    path.join(directoryOf(study, source.run), source.checkpoint),
  );
  const { fields, overrides } = settings;
  switch (kind) {
    case 'search':
    case 'training':
      return draftOf(place, recordOf(name, options), { origin: study.file });
    case 'transfer': {
      const [{ seed, ...others }, { variant, ...choices }] = [overrides, fields];
      return draftTransfer(place, {
        ...{ checkpoint: first, variant: variant!, ...choices }, // `mistakeIn` requires a variant
        ...{ seed: options.seed, overrides: others, origin },
      });
    }
    case 'connectivity':
      return draftConnectivity(place, { a: first, b: second, points: POINTS.default, ...fields, overrides, origin });
  }
}
