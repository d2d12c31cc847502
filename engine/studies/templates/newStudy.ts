/** Writes a study file from a template. */
import path from 'node:path';
import { command } from '../../commands';
import { UserError } from '../../errors';
import { createAtomically } from '../../files';
import { didYouMean, mostSimilar } from '../../nearest';
import { asPlaceError, refuseFolders } from '../../outputFile';
import type { NewStudy, StudyTemplates } from '../../vocabulary/studyRequest';
import { STUDY_FILE } from '../findStudies';
import { SCALES, type Scale } from './scales';
import { contentOf, scalesOf, TEMPLATES, type TemplateName } from './templates';

/** The names of all templates. */
export const NAMES = Object.keys(TEMPLATES) as TemplateName[];

/** Greatest number of templates that a message names. */
const MOST_SIMILAR = 5;

/** Returns all templates with their question and their scales. */
export function listTemplates(): StudyTemplates {
  return {
    templates: NAMES.map((name) => ({ name, question: TEMPLATES[name].question, scales: [...scalesOf(name)] })),
    scales: Object.entries(SCALES).map(([name, description]) => ({ name, description })),
  };
}

/** Writes a new study file, and returns its absolute path. Throws UserError if a name is unknown or the file exists. */
export async function newStudy({ template, scale, file: given }: NewStudy): Promise<string> {
  const name = NAMES.find((one) => one === template);
  if (!name)
    throw new UserError(
      `The template ${template} is unknown.${didYouMean(template, NAMES)} Similar ones are ${mostSimilar(template, NAMES, MOST_SIMILAR).join(', ')}.`,
      { advice: { terminal: `To list all templates: ${command('study', 'new')}`, window: 'Choose one of the list.' } },
    );
  const file = path.resolve(named(given));
  const content = contentOf(name, scaleOf(name, scale));
  await refuseFolders({ file, what: 'study', example: `${name.replaceAll('/', '-')}${STUDY_FILE}` });
  const text = `${JSON.stringify(content, undefined, 2)}\n`;
  const isNew = await createAtomically(file, text).catch((error: unknown) => {
    throw asPlaceError(file, error);
  });
  if (!isNew)
    throw new UserError(`${file} exists already.`, {
      advice: { terminal: 'Name another file (--out), or remove it.', window: 'Choose another name.' },
    });
  return file;
}

/** Returns the name of a file with the ending by which study files are found. */
function named(file: string): string {
  return file.endsWith(STUDY_FILE) ? file : `${file.replace(/\.json$/, '')}${STUDY_FILE}`;
}

/** Returns the given scale, or the smallest one of a template. */
function scaleOf(template: TemplateName, given: string | undefined): Scale {
  const scales = scalesOf(template);
  const [smallest] = scales;
  const found = given === undefined ? smallest : scales.find((one) => one === given);
  if (found) return found;
  if (scales.length === 1)
    throw new UserError(`${template} has only the scale ${smallest}, not ${given}. Choose that, or leave it out.`);
  throw new UserError(`The scale is "${given}". It must be one of ${scales.join(', ')}.${didYouMean(given!, scales)}`);
}
