/** Compares the runs of a study with those that were made, because a study file may have changed since. */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { ownChoices } from '../runs/derivedDrafts';
import { measuringOf } from '../runs/measurementDrafts';
import { hashOptions, OPTION_NAMES, SEARCH_OPTIONS } from '../runs/options';
import { optionsOf } from '../runs/record';
import type { RunOptions } from '../vocabulary/runOptions';
import type { FileAsOf, RunRecord, TicketSource } from '../vocabulary/runRecord';
import { POINTS } from '../vocabulary/runSchema';
import { dataSeedOf } from '../vocabulary/seeds';
import type { NodeKind } from '../vocabulary/study';
import type { SourceOfRun, StudyRun } from './expand';

/** Returns the fields in which the run in a directory is not the run of the study, because the file was changed since. */
export function differences(run: StudyRun, record: RunRecord, placeOf: (run: string) => string): string[] {
  const { kind, options, sources } = run;
  const source = ticketOf(record);
  const found = source ? 'transfer' : record.kind === 'train' ? 'training' : record.kind;
  if (found !== kind) return ['kind'];
  const own = optionsOf(record);
  const isSame = (name: keyof RunOptions) =>
    hashOptions({ [name]: valueOf(own, name) }) === hashOptions({ [name]: valueOf(options, name) });
  const isEqual = OPTION_NAMES.every((name) => isDeepStrictEqual(own[name], options[name])); // the usual case, and faster than two hashes
  const names =
    isEqual || hashOptions(own) === hashOptions(options)
      ? []
      : OPTION_NAMES.filter((name) => hasEffect(name, kind) && !isSame(name));
  const choices = choicesOf(run);
  const given = choicesIn(record);
  const fields = [...new Set([...Object.keys(choices), ...Object.keys(given)])].filter(
    (field) => choices[field] !== given[field],
  );
  const ends = endsOf(record);
  const isOther = sources.some(({ run: name, checkpoint }, i) => {
    const expected = path.join(placeOf(name), checkpoint);
    // A file that is missing in a copy of the study is located where the run was made.
    const original = path.resolve(record.madeIn ?? '', path.relative(placeOf(run.name), expected));
    return ends[i]?.checkpoint !== expected && (record.madeIn === undefined || ends[i]?.checkpoint !== original);
  });
  return [...names, ...fields, ...(isOther ? ['checkpoint'] : [])];
}

/**
 * Returns the names of the runs whose checkpoint has another content now than the one that this run was made from.
 * @param hashOf returns the SHA-256 of a checkpoint as its run has logged it; undefined if that is not known
 */
export function replacedSources(
  { sources }: Pick<StudyRun, 'sources'>,
  record: RunRecord,
  hashOf: (source: SourceOfRun) => string | undefined,
): string[] {
  const ends = endsOf(record);
  const isReplaced = (source: SourceOfRun, made: string | undefined) => {
    const now = hashOf(source);
    return now !== undefined && made !== undefined && now !== made;
  };
  return sources.filter((source, i) => isReplaced(source, ends[i]?.sha256)).map(({ run }) => run);
}

function ticketOf(record: RunRecord): TicketSource | undefined {
  return record.kind === 'train' && record.source.from === 'checkpoint' ? record.source : undefined;
}

/** Returns the checkpoints that a run was made from, in the order of the sources of a study's run. */
function endsOf(record: RunRecord): readonly FileAsOf[] {
  const source = ticketOf(record);
  return source ? [source] : record.kind === 'connectivity' ? [record.a, record.b] : [];
}

/** Returns the value of an option that counts: without a data seed, the seed is used. */
function valueOf(options: RunOptions, name: keyof RunOptions): unknown {
  return name === 'dataSeed' ? dataSeedOf(options) : options[name];
}

/**
 * Returns the options with which a run is made or continued: those of the study, except that a run that was made keeps its own where they do
 * not decide its result. They may have changed in the study file since.
 */
export function optionsToMake({ kind, options }: Pick<StudyRun, 'kind' | 'options'>, made?: RunRecord): RunOptions {
  if (!made) return options;
  const own = optionsOf(made);
  const isKept = (name: keyof RunOptions) => name === 'backend' || !hasEffect(name, kind);
  const chosen: Partial<Record<keyof RunOptions, unknown>> = Object.fromEntries(
    OPTION_NAMES.map((name) => [name, (isKept(name) ? own : options)[name]] as const).filter(
      ([, value]) => value !== undefined,
    ),
  );
  return chosen as RunOptions;
}

/** Whether an option decides the result of a run of this kind. */
function hasEffect(name: keyof RunOptions, kind: NodeKind): boolean {
  if (kind === 'search') return name !== 'finalEpochs' && name !== 'schedule';
  if (kind === 'connectivity') return (['model', 'dataset', 'batchSize'] as (keyof RunOptions)[]).includes(name);
  return !SEARCH_OPTIONS.includes(name) && (kind === 'training' || name !== 'method');
}

type Choices = Readonly<Record<string, unknown>>;

/** Returns the fields of a derived run that are not the default, as a draft has them. */
function choicesOf({ kind, options: { seed }, settings: { fields } }: StudyRun): Choices {
  if (kind === 'transfer') return { variant: fields.variant, ...ownChoices({ ...fields, seed }) };
  return kind === 'connectivity' ? { points: fields.points ?? POINTS.default, ...measuringOf(fields) } : {};
}

/** Returns the same fields of a run that was made. */
function choicesIn(record: RunRecord): Choices {
  if (record.kind === 'connectivity') return { points: record.points, ...measuringOf(record) };
  if (record.kind !== 'train' || record.source.from === 'initialization') return {};
  return { variant: record.source.variant, ...ownChoices({ ...record.source, seed: record.seed }) };
}
