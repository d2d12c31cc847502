/** Describes a run by named facts, and finds the facts in which runs differ. Pure. */
import { placeOf } from '../vocabulary/includedDataset';
import { isOwn, modelName } from '../vocabulary/models/ownName';
import type { DatasetSpec, ModelSpec } from '../vocabulary/runOptions';
import type { RunKind, RunRecord } from '../vocabulary/runRecord';
import type { FactValue } from '../vocabulary/runRelations';
import { ownDataSeed } from '../vocabulary/seeds';
import path from 'node:path';
import { Remembered } from '../collections';
import { commonNumberOf } from './commonFields';
import { SEARCH_OPTIONS, withDefaults } from './options';

/** Facts by dotted name. */
export type Facts = ReadonlyMap<string, FactValue>;

export interface Description {
  facts: Facts;
  /** Seeds by dotted name. Runs that differ only in seeds are repetitions of one experiment. */
  seeds: Readonly<Record<string, number>>;
}

/** The data that describe a run. No checkpoint must be read to get them. */
export interface RecordedRun {
  directory: string;
  record: RunRecord;
  datasetSha256?: string | undefined;
}

/** Absent in logs of version 0.1. */
const DATA = 'dataset.sha256';
const SEEDS: readonly string[] = ['seed', 'dataSeed'];
/** Fields that are not facts. Names and versions do not matter, and the backend changes only rounding. Other fields are handled below. */
const LEFT_OUT: readonly string[] = [
  'version',
  'name',
  'madeIn',
  'backend',
  'source',
  'start',
  'a',
  'b',
  'model',
  'dataset',
  ...SEEDS,
];
/** The only fields that matter in a connectivity run. */
const OF_CONNECTIVITY: readonly string[] = ['kind', 'method', 'points', 'normalization', 'masks', 'batchSize'];

/** Returns the facts and seeds of a run, without the facts and seeds of its sources. Runs with equal facts mostly share one map of them. */
export function describeRecord({ record, datasetSha256 }: RecordedRun): Description {
  const text = `${commonNumberOf(record)} ${datasetSha256} ${JSON.stringify(startOf(record))}`;
  const facts = knownFacts.get(text, () => factsOf(record, datasetSha256));
  return { facts, seeds: { seed: record.seed, ...ownDataSeed(record), ...magnitudeSeedOf(record) } };
}

const knownFacts = new Remembered<string, Facts>();

function factsOf(record: RunRecord, datasetSha256: string | undefined): Facts {
  const facts = new Map<string, FactValue>();
  for (const [name, value] of Object.entries(withDefaults(record))) {
    if (counts(record.kind, name)) addFact(facts, name, value);
  }
  addModel(facts, record.model);
  addDataset(facts, record.dataset);
  if (datasetSha256 !== undefined) facts.set(DATA, datasetSha256);
  for (const [name, value] of Object.entries(startOf(record))) addFact(facts, name, value);
  return facts;
}

/** Returns the facts about the start of a run. */
function startOf(record: RunRecord): Record<string, FactValue | undefined> {
  if (record.kind === 'search') return record.start ? { 'start.round': record.start.round } : {};
  if (record.kind !== 'train') return {};
  const { source } = record;
  if (source.from !== 'checkpoint') return { start: 'initialization' };
  return { start: source.variant, rescale: source.rescale, classifier: source.classifier };
}

/** Returns the seed of the magnitudes of a transfer, if it is not the seed of the run. */
function magnitudeSeedOf(record: RunRecord): { magnitudeSeed?: number } {
  if (record.kind !== 'train' || record.source.from !== 'checkpoint') return {};
  const { magnitudeSeed } = record.source;
  return magnitudeSeed === undefined ? {} : { magnitudeSeed };
}

function counts(kind: RunKind, name: string): boolean {
  if (LEFT_OUT.includes(name)) return false;
  if (kind === 'connectivity') return OF_CONNECTIVITY.includes(name);
  return kind === 'search' || !SEARCH_OPTIONS.some((option) => option === name);
}

function addModel(facts: Map<string, FactValue>, model: ModelSpec): void {
  facts.set('model', modelName(model));
  if (typeof model === 'string') return;
  if (!isOwn(model)) addFact(facts, 'model', model.options ?? {});
  else addFact(facts, 'model', { sha256: model.sha256, classifier: model.classifier });
  if (model.prunable !== 'default') addFact(facts, 'model.prunable', model.prunable);
}

/** Adds the facts of a dataset. Only the last part of the path counts, because the same data may be in another folder. */
function addDataset(facts: Map<string, FactValue>, dataset: DatasetSpec): void {
  facts.set('dataset', path.basename(placeOf(dataset)));
  if (typeof dataset === 'string') return;
  const { path: _, ...rest } = dataset;
  addFact(facts, 'dataset', rest);
}

/** Adds a value as a fact, or each field of an object. */
function addFact(facts: Map<string, FactValue>, name: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) facts.set(name, value as FactValue);
  else for (const [field, inner] of Object.entries(value)) addFact(facts, `${name}.${field}`, inner);
}

/** Returns facts or seeds with a prefix before each name, for example `source`. */
export function prefixed<T>(prefix: string, entries: Iterable<[name: string, value: T]>): [name: string, value: T][] {
  return Array.from(entries, ([name, value]) => [`${prefix}.${name}`, value]);
}

/**
 * Returns the names of the facts that are not the same in all these descriptions. Leaves out facts of a source that equal the facts of the
 * run itself, because a transfer inherits the options of its search. Also leaves out facts of end B of a connectivity run that equal the
 * facts of end A.
 */
export function differingNames(all: readonly Facts[]): string[] {
  const names = new Set<string>();
  for (const facts of all) for (const name of facts.keys()) names.add(name);
  // Most facts of thousands of runs are equal, and need no text.
  const varying = [...names].filter((name) => all.some((facts) => !Object.is(facts.get(name), all[0]!.get(name))));
  const columns = new Map(varying.map((name) => [name, all.map((facts) => JSON.stringify(facts.get(name) ?? null))]));
  return [...columns].flatMap(([name, column]) => {
    const values = new Set(column);
    if (name.endsWith(DATA)) values.delete('null'); // unknown
    if (values.size < 2) return [];
    const repeated = columns.get(name.replace(/^source\./, '').replace(/^b\./, 'a.'));
    return repeated === column || repeated?.join() !== column.join() ? [name] : [];
  });
}

export interface Difference {
  name: string;
  a: FactValue;
  b: FactValue;
}

/** Returns the differences between two runs, except seeds. */
export function differencesBetween(a: Facts, b: Facts): readonly Difference[] {
  const ofA = knownDifferences.get(a) ?? new WeakMap<Facts, readonly Difference[]>();
  const differences = ofA.get(b) ?? foundDifferences(a, b);
  knownDifferences.set(a, ofA.set(b, differences));
  return differences;
}

/** The differences of maps that many runs share. */
const knownDifferences = new WeakMap<Facts, WeakMap<Facts, readonly Difference[]>>();

function foundDifferences(a: Facts, b: Facts): Difference[] {
  return differingNames([a, b]).map((name) => ({ name, a: a.get(name) ?? null, b: b.get(name) ?? null }));
}
