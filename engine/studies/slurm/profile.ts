/** Reads and checks Slurm profiles (`NAME.slurm.json`). */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors';
import { parseJson } from '../../json/parse';
import { readText } from '../../json/text';
import { validatorOf, type Validator } from '../../json/validator';
import { explain } from '../../runs/explain';
import { SLURM_SCHEMA, type SlurmProfile } from '../../vocabulary/slurmSchema';
import { mistakesIn } from '../studyFile';

/** A profile that was read. */
export interface ReadProfile {
  /** Absolute path; undefined if there is no file, so that all fields have their default. */
  file: string | undefined;
  profile: SlurmProfile;
}

/** The end of the names of profiles. */
const SUFFIX = '.slurm.json';

const validate: Validator<SlurmProfile> = validatorOf('slurm', SLURM_SCHEMA);

/** Options of `sbatch` that Winning Sign sets itself, with the field that changes them. */
const OWN_OPTIONS: Readonly<Record<string, string | undefined>> = {
  '--partition': 'partition',
  '--account': 'account',
  '--qos': 'qos',
  '--time': 'time',
  '--cpus-per-task': 'cpus',
  '--gpus': 'gpus',
  '--gres': 'gres',
  '--mem': 'memory',
  '--constraint': 'constraint',
  '--signal': 'saveSeconds',
  '--requeue': 'requeue',
  '--no-requeue': 'requeue',
  ...Object.fromEntries(
    ['array', 'dependency', 'job-name', 'output', 'chdir', 'parsable', 'ntasks', 'open-mode', 'kill-on-invalid-dep', 'wrap', 'wait', 'test-only'].map((name) => [`--${name}`, undefined]), // prettier-ignore
  ),
};

/** Reads a profile. Throws FileError with all mistakes. */
export async function readProfile(given: string): Promise<ReadProfile> {
  const file = path.resolve(given);
  const text = await readText(file);
  const profile = structuredClone(parseJson(text, file));
  if (!validate(profile))
    throw mistakesIn(
      { file, text },
      explain(validate.errors).map(({ field, part, sentence }) => ({
        ...{ field, part, message: sentence(`"${field.join('.')}"`) },
      })),
    );
  const mistakes = profile.sbatch.flatMap((option, i) => {
    const message = ownOption(option);
    return message === undefined ? [] : [{ field: ['sbatch', String(i)], part: 'value' as const, message }];
  });
  if (mistakes.length > 0) throw mistakesIn({ file, text }, mistakes);
  return { file, profile };
}

/** Returns why an option of `sbatch` cannot be given, or undefined. `sbatch` also accepts the beginnings of the names of options. */
function ownOption(option: string): string | undefined {
  const given = option.split('=')[0]!;
  const names = Object.keys(OWN_OPTIONS);
  const name = names.find((one) => one === given) ?? names.find((one) => given.length > 2 && one.startsWith(given));
  if (name === undefined) return undefined;
  const field = OWN_OPTIONS[name];
  const meaning = name === given ? '' : ` (which sbatch reads as ${name})`;
  return `"sbatch" cannot have ${given}${meaning}, because Winning Sign sets it. ${field === undefined ? 'Remove it.' : `Use the field "${field}".`}`;
}

/**
 * Returns the profile for a study: the given one, or else the only one beside the study file. Without any, all fields have their default.
 * Throws UserError if there are several.
 */
export async function profileFor(study: { file: string }, given: string | undefined): Promise<ReadProfile> {
  if (given !== undefined) return readProfile(given);
  const folder = path.dirname(study.file);
  const found = (await readdir(folder)).filter((name) => name.endsWith(SUFFIX)).sort();
  if (found.length > 1)
    throw new UserError(`${folder} has several Slurm profiles: ${found.join(', ')}.`, {
      advice: { terminal: 'Name one with --profile.', window: 'Choose one.' },
    });
  const [only] = found;
  return only === undefined ? { file: undefined, profile: defaults() } : readProfile(path.join(folder, only));
}

function defaults(): SlurmProfile {
  const profile: unknown = {};
  if (!validate(profile)) throw new Error('The defaults of a Slurm profile do not fit its schema.');
  return profile;
}
