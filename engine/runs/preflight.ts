/** Checks a new run before its directory is made. */
import type { Dataset } from '../datasets/dataset';
import { loadDataset } from '../datasets/load';
import { FileError, UserError } from '../errors';
import { parameterPath } from '../checkpoints/modulePath';
import { refuseOnlyMasks } from '../inspection/onlyMasks';
import { locateIn } from '../json/locate';
import { checkFit, notFinite, type FitOptions } from '../models/fit';
import { dataMisfit } from '../models/dataMisfit';
import type { Architecture, Entry } from '../models/network';
import type { Inspection } from '../vocabulary/inspection';
import type { BackendName } from '../vocabulary/runOptions';
import type { RunRecord } from '../vocabulary/runRecord';
import type { Draft } from './drafts';
import { describeOwn } from '../models/layersModel/describe';
import { isOwn } from '../vocabulary/models/ownName';
import { inferredSentences } from '../vocabulary/network';
import { isReplaced } from './options';
import { countWarnings } from './countWarnings';
import { checkCounts, planNetwork } from './plan';
import { checkMasks } from './measurementDrafts';
import { refuseNetworkOfOptions } from './sameNetwork';
import {
  fitOptionsOf,
  fitOptionsOfOrigin,
  newClassifierIn,
  notesOnNames,
  warningsAboutContinuing,
  warningsAboutSources,
  warningsAboutTransfer,
} from './sourceWarnings';
import { describeData, layoutWarning, notesOn, warningsOf } from './warnings';

export interface PreflightOptions {
  checkBackend: (name: BackendName) => Promise<void>;
}

export interface Preflight {
  /** The data of the run, loaded. */
  dataset: Dataset;
  /** Summary of the data, for example `9000 + 2000 images of 28 × 28 × 1, 10 classes`. */
  summary: string;
  /** Sentences about what is normal but good to know. They need no confirmation. */
  notes: string[];
  /** What was inferred about a network of the user. It is shown before the start. */
  inferred: string[];
  /** One sentence for each option or property of the data that is valid but probably a mistake. */
  warnings: string[];
}

/**
 * Checks a run before its directory is made. Throws UserError, naming the file with the options, if the run cannot begin.
 * Returns undefined for a run that exists, because it is checked when it resumes.
 * @param checkBackend throws if a run cannot begin with this backend here; a parameter, because this folder loads no backends
 */
export async function preflight(draft: Draft, { checkBackend }: PreflightOptions): Promise<Preflight | undefined> {
  const { record, exists } = draft;
  if (exists) return undefined;
  try {
    await checkBackend(record.backend);
    const dataset = await loadDataset(record.dataset, '.');
    const architecture = planFor(record, dataset);
    const newClassifier = newClassifierIn(draft, architecture);
    const explain = (entry: Entry, found: readonly number[]) =>
      dataMisfit(record.model, architecture, { entry, found });
    const read = draft.sources.map((source) => ({ source, fit: { ...fitOptionsOf(record, newClassifier), explain } }));
    if (draft.initialization)
      read.push({ source: draft.initialization, fit: { ...fitOptionsOfOrigin(record, newClassifier), explain } });
    for (const { source, fit } of read)
      if (!needsOnlyMasks(architecture, fit)) refuseOnlyMasks(await source.inspection());
    for (const { source, fit } of read) checkFit(source.file, source.shapes, architecture, fit);
    await refuseNetworkOfOptions(
      read.map(({ source }) => source),
      { file: draft.origin, model: record.model },
    );
    for (const { source, fit } of read) checkFinite(await source.inspection(), architecture, fit);
    await checkMasks(draft, architecture);
    const start = record.kind === 'search' ? await draft.sources[0]?.inspection() : undefined;
    if (start) checkCounts(record, architecture, start);
    const warnings = [
      ...(draft.moved ?? []),
      ...warningsOf(record, dataset, architecture),
      ...countWarnings(record, architecture, start),
      ...(await warningsAboutSources(draft.sources, dataset)),
      ...(await warningsAboutTransfer(draft, architecture)),
      ...(await warningsAboutContinuing(draft, architecture)),
    ];
    return {
      dataset,
      summary: describeData(dataset),
      inferred: inferredAbout(record, architecture),
      notes: [...notesOn(record), ...notesOnNames(draft.sources, architecture)],
      warnings,
    };
  } catch (error) {
    throw error instanceof UserError ? inFile(draft, error) : error;
  }
}

/** Returns what was inferred about a network of the user. A run that starts from a checkpoint repeats what is known. */
function inferredAbout(record: RunRecord, architecture: Architecture): string[] {
  const { kind, model } = record;
  const isNew = kind === 'search' || (kind === 'train' && record.source.from === 'initialization');
  return isNew && isOwn(model) ? inferredSentences(describeOwn(model, architecture)) : [];
}

/** Adds to an error the file with the options of the run and the place of the field. */
function inFile({ origin, replaced }: Draft, error: UserError): FileError {
  const field = error.field?.split('.') ?? [];
  const { message } = error;
  if (field.length > 0 && isReplaced(field, replaced))
    return new FileError(origin, [{ message, option: '--set' }], { cause: error });
  const range = field.length > 0 ? locateIn(origin)(field, 'value') : undefined;
  return new FileError(origin, [{ message, ...(range && { range }) }], { cause: error });
}

/** Whether nothing but masks is needed. */
function needsOnlyMasks({ entries }: Architecture, { needs }: FitOptions): boolean {
  return needs !== undefined && entries.every((entry) => ['mask', 'nothing'].includes(needs(entry)));
}

/** Throws UserError if a needed tensor, or a tensor of an unknown name, has values that are not finite. */
function checkFinite({ file, tensors }: Inspection, architecture: Architecture, { needs }: FitOptions): void {
  const unneeded = architecture.entries.filter((entry) => ['mask', 'nothing'].includes(needs?.(entry) ?? 'values'));
  const ignored = new Set(unneeded.map(({ name }) => parameterPath(name)));
  const broken = tensors.find(({ name, nans, infs }) => nans + infs > 0 && !ignored.has(parameterPath(name)));
  if (broken) throw notFinite(file, broken.name);
}

/** Plans the network. If that fails and the layout of the data looks wrong, the error says so. */
function planFor(record: RunRecord, dataset: Dataset): Architecture {
  try {
    return planNetwork(record, dataset);
  } catch (error) {
    const warning = layoutWarning(record, dataset);
    if (!(error instanceof UserError) || warning === undefined) throw error;
    const { field } = error;
    throw new UserError(`${error.message} The data are ${describeData(dataset)}: ${warning}`, {
      cause: error,
      ...(field !== undefined && { field }),
    });
  }
}
