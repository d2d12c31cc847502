/** Generates the files in docs/ that come completely or partly from the declaration of options. `npm run docs` writes them. */
import { DATASET_FIELDS } from '../../engine/vocabulary/datasetSchema';
import { OWN_MODEL } from '../../engine/vocabulary/models/own';
import { MODELS } from '../../engine/vocabulary/modelSchemas';
import { METHODS, PLAIN_OPTIONS, REQUIRED, RUN_SCHEMA } from '../../engine/vocabulary/runSchema';
import { RESCALES, TRANSFER_VARIANTS } from '../../engine/vocabulary/transferVariants';
import { ENDINGS } from '../../engine/studies/slurm/jobs';
import { REASONS } from '../../engine/studies/slurm/reasons';
import { OWN_NAMES, TEMPLATES } from '../../engine/studies/templates/templates';
import { SLURM_SCHEMA } from '../../engine/vocabulary/slurmSchema';
import { KEEP_RULES, MEASURES, NODE_KINDS, STUDY_SCHEMA } from '../../engine/vocabulary/studySchema';
import { valueText, type ValueSchema } from '../../engine/vocabulary/schemaWords';
import { code, formatted, table, withParts } from './markdown';
import { pageOf, scriptsTable, studyPart, templatesTable } from './studyPages';

interface Option extends ValueSchema {
  description?: string;
  default?: unknown;
  enumDescriptions?: readonly string[];
  properties?: Readonly<Record<string, Option>>;
  anyOf?: readonly Option[];
}

/** Returns the expected text of each file, by its path relative to the root of the project. */
export async function generatedFiles(): Promise<Map<string, string>> {
  const files = new Map([
    ['docs/run.schema.json', JSON.stringify(RUN_SCHEMA)],
    ['docs/study.schema.json', JSON.stringify(STUDY_SCHEMA)],
    ['docs/slurm.schema.json', JSON.stringify(SLURM_SCHEMA)],
    [
      'docs/slurm.md',
      withParts('docs/slurm.md', { profile: profileTable, outcomes: outcomesTable, reasons: reasonsTable }),
    ],
    ['docs/studies.md', withParts('docs/studies.md', STUDY_TABLES)],
    ['docs/run-file.md', withParts('docs/run-file.md', TABLES)],
    ['docs/command-line.md', withParts('docs/command-line.md', { variants: variantsTable, rescales: rescalesTable })],
  ]);
  for (const name of OWN_NAMES) files.set(pageOf(name), withParts(pageOf(name), { study: () => studyPart(name) }));
  const official = pageOf('official/x');
  files.set(official, withParts(official, { scripts: scriptsTable }));
  const format = async ([file, text]: [string, string]) => [file, await formatted(file, text)] as const;
  return new Map(await Promise.all([...files].map(format)));
}

const TABLES: Record<string, () => string> = {
  methods: () => {
    const rows = Object.entries(METHODS).map(([name, { title, description }]) => [code(name), title, description]);
    return table(['method', 'name', 'does'], rows);
  },
  options: () => {
    const { method, dataset, ...others } = PLAIN_OPTIONS;
    const { model } = RUN_SCHEMA.properties;
    const above = {
      method: briefly(method, 'above'),
      model: briefly(model, 'below'),
      dataset: briefly(dataset, 'below'),
    };
    return optionsTable(optionRows('', { ...above, ...others }), REQUIRED);
  },
  models: () =>
    Object.entries(MODELS)
      .map(([name, { title, description, options }]) => {
        const heading = `**${code(name)}** (${title}). ${description}`;
        return `${heading}\n\n${optionsTable(optionRows('', options), [])}`;
      })
      .join('\n\n'),
  own: () => {
    const { path, classifier } = OWN_MODEL.fields;
    return optionsTable(optionRows('', { path, classifier }), ['path']);
  },
  dataset: () => optionsTable(optionRows('', DATASET_FIELDS), ['format', 'path']),
};

const STUDY_TABLES: Record<string, () => string> = {
  templates: () => templatesTable(TEMPLATES),
  kinds: () => meanings('run', NODE_KINDS),
  keep: () => meanings('keep', KEEP_RULES),
  measures: () =>
    meanings(
      'measure',
      Object.fromEntries(Object.entries(MEASURES).map(([name, { description }]) => [name, description])),
    ),
};

function meanings(head: string, words: Readonly<Record<string, string>>): string {
  return table([head, 'meaning'], Object.entries(words).map(([word, sentence]) => [code(word), sentence])); // prettier-ignore
}

function profileTable(): string {
  const { $schema: _, ...fields } = SLURM_SCHEMA.properties;
  return optionsTable(optionRows('', fields), []);
}

function reasonsTable(): string {
  const rows = REASONS.map(({ shown, words, action = 'Nothing: it begins by itself.' }) => [shown, words, action]);
  return table(['reason in Slurm', 'the job waits because', 'what you can do'], rows);
}

function outcomesTable(): string {
  const rows = Object.entries(ENDINGS).map(([state, { status, sentence }]) => [
    state,
    code(status),
    `The job ${sentence}.`,
  ]);
  return table(['state in Slurm', 'status of the run', 'message'], rows);
}

function rescalesTable(): string {
  return table(['--rescale', 'kept weights'], Object.entries(RESCALES).map(([name, sentence]) => [code(name), sentence])); // prettier-ignore
}

function variantsTable(): string {
  const rows = Object.entries(TRANSFER_VARIANTS).map(([name, { formula, sentence }]) => [
    code(name),
    formula,
    sentence,
  ]);
  return table(['variant', 'kept weights', 'meaning'], rows);
}

/** Shortens an option that has its own section in the document. The description refers to that section. */
function briefly({ description, type, enum: words }: Option, where: 'above' | 'below'): Option {
  return { description: `${description} See ${where}.`, ...(type && { type }), ...(words && { enum: words }) };
}

type Row = [name: string, option: Option];

/** Returns a row for each option, and for each field of an option that is an object. */
function optionRows(prefix: string, options: Readonly<Record<string, Option>>): Row[] {
  return Object.entries(options).flatMap(([name, option]): Row[] => [
    [prefix + name, option],
    ...optionRows(`${prefix}${name}.`, option.properties ?? {}),
    ...(option.anyOf ?? []).flatMap(({ properties = {} }) => optionRows(`${prefix}${name}.`, properties)),
  ]);
}

function optionsTable(rows: readonly Row[], required: readonly string[]): string {
  const cells = rows.map(([name, option]) => [
    code(name),
    valueText(option),
    required.includes(name) ? 'required' : defaultText(option),
    meaning(option),
  ]);
  return table(['option', 'value', 'default', 'meaning'], cells);
}

function defaultText({ default: value, properties }: Option): string {
  return value === undefined || properties ? '' : code(JSON.stringify(value));
}

/** Returns the description, followed by the meaning of each allowed word. */
function meaning({ description = '', enum: words = [], enumDescriptions = [], anyOf = [] }: Option): string {
  const told = enumDescriptions.map((text, i) => `${code(String(words[i]))}: ${text}`);
  return [description, ...told, ...anyOf.map((one) => meaning({ ...one, description: '' }))].filter(Boolean).join(' ');
}
