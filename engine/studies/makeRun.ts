/** Makes the run directory of a run of a study. */
import path from 'node:path';
import { draftTransfer } from '../runs/derivedDrafts';
import { type Draft, draftOf, makeRun } from '../runs/drafts';
import { draftConnectivity } from '../runs/measurementDrafts';
import { OtherRun, recordOf } from '../runs/record';
import { POINTS } from '../vocabulary/runSchema';
import type { StudyRun } from './expand';
import { directoryOf } from './place';
import { WAYS_OUT } from '../vocabulary/studyChanges';
import type { ReadStudy } from './studyFile';

/**
 * Makes the directory of a run, whose sources must be there. Their content is then part of the run. Throws UserError if the directory
 * has a run with other options.
 */
export async function makeStudyRun(study: ReadStudy, run: StudyRun): Promise<string> {
  try {
    return await makeRun(await draftOfRun(study, run));
  } catch (error) {
    if (!(error instanceof OtherRun)) throw error;
    throw new OtherRun(error.found, { advice: { terminal: WAYS_OUT, window: WAYS_OUT }, cause: error });
  }
}

function draftOfRun(study: ReadStudy, run: StudyRun): Promise<Draft> {
  const { name, kind, options, sources, settings } = run;
  const place = { directory: directoryOf(study, name) };
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
        ...{ seed: options.seed, overrides: others },
      });
    }
    case 'connectivity':
      return draftConnectivity(place, { a: first, b: second, points: POINTS.default, ...fields, overrides });
  }
}
