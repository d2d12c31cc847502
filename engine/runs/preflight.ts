/** Checks a new run before its directory is made. */
import { isDeepStrictEqual } from 'node:util';
import type { Dataset } from '../datasets/dataset';
import { fingerprint } from '../datasets/fingerprint';
import { loadDataset } from '../datasets/load';
import { FileError, UserError } from '../errors';
import type { Source } from '../inspection/source';
import { locateIn } from '../json/locate';
import { checkFit, notFinite } from '../models/fit';
import type { Architecture } from '../models/network';
import type { Inspection } from '../vocabulary/inspection';
import type { BackendName } from '../vocabulary/runOptions';
import type { RunRecord, TransferVariant } from '../vocabulary/runRecord';
import type { Draft } from './drafts';
import { isBeginning } from './events';
import { hashOptions, isReplaced } from './options';
import { paths } from './paths';
import { planNetwork } from './plan';
import { readEvents, UNREAD } from './readEvents';
import { readRecord, runOf } from './record';
import { describeData, layoutWarning, notesOn, warningsOf } from './warnings';

export interface PreflightOptions {
  checkBackend: (name: Exclude<BackendName, 'auto'>) => Promise<void>;
}

export interface Preflight {
  /** The data of the run, loaded. */
  dataset: Dataset;
  /** Summary of the data, for example `9000 + 2000 images of 28 × 28 × 1, 10 classes`. */
  summary: string;
  /** Sentences about what is normal but good to know. They need no confirmation. */
  notes: string[];
  /** One sentence for each option or property of the data that is valid but probably a mistake. */
  warnings: string[];
}

/**
 * Checks a run before its directory is made. Throws UserError, naming the file with the options, if the run cannot begin.
 * Returns undefined for a run that exists, because it is checked when it resumes.
 * @param checkBackend throws if a backend cannot be used here; a parameter, because this folder loads no backends
 */
export async function preflight(draft: Draft, { checkBackend }: PreflightOptions): Promise<Preflight | undefined> {
  const { record, exists } = draft;
  if (exists) return undefined;
  try {
    if (record.backend !== 'auto') await checkBackend(record.backend);
    const dataset = await loadDataset(record.dataset, '.');
    const architecture = planFor(record, dataset);
    for (const { file, shapes } of draft.sources) checkFit(file, shapes, architecture);
    for (const { inspection } of draft.sources) checkFinite(await inspection());
    const warnings = [
      ...(draft.moved ?? []),
      ...warningsOf(record, dataset, architecture),
      ...(await warningsAboutSources(draft.sources, dataset)),
      ...(await warningsAboutTransfer(draft, architecture)),
    ];
    return { dataset, summary: describeData(dataset), notes: notesOn(record), warnings };
  } catch (error) {
    throw error instanceof UserError ? inFile(draft, error) : error;
  }
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

function checkFinite({ file, tensors }: Inspection): void {
  const broken = tensors.find(({ nans, infs }) => nans + infs > 0);
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

/** Returns warnings about sources that were trained on other data, or with other options, than expected. */
async function warningsAboutSources(sources: readonly Source[], dataset: Dataset): Promise<string[]> {
  if (sources.length === 0) return []; // the data need not be hashed
  const warnings: string[] = [];
  const sha256 = fingerprint(dataset);
  for (const source of sources) {
    const { file: checkpoint } = source;
    const { datasetSha256 = sha256, ...run } = await originOf(source);
    if (hasOtherNormalization(source, dataset))
      warnings.push(`${checkpoint} was trained on images that were normalized differently.`);
    else if (datasetSha256 !== sha256)
      warnings.push(`${checkpoint} was trained on other data, or the data have changed since then.`);
    if (run.wasChanged) warnings.push(`${checkpoint} was made with other options than its run.json has now.`);
  }
  return warnings;
}

/** Variants that transfer signs, even if only the signs of biases and the classifier. */
const CARRIES_SIGNS: readonly TransferVariant[] = ['signed-mask', 'psi-kept', 'random-signed-mask'];

/** Returns warnings about transferring the ticket, which is the first source. */
async function warningsAboutTransfer(
  { record, sources: [ticket] }: Draft,
  { entries }: Architecture,
): Promise<string[]> {
  if (!ticket || record.kind !== 'train' || record.source.from !== 'checkpoint') return [];
  const { file: checkpoint, layers, sparsity } = await ticket.inspection();
  const warnings: string[] = [];
  const empty = layers.filter(({ kept }) => kept === 0).map(({ name }) => name);
  if (sparsity.prunable === 0)
    warnings.push(`${checkpoint} has no pruned weights, so the transferred network is dense.`);
  if (empty.length > 0) warnings.push(`${checkpoint} has no weights left in ${empty.join(', ')}.`);
  const prunable = new Set(entries.filter((entry) => entry.prunable).map(({ name }) => name.replace(/\.weight$/, '')));
  const dropped = layers.filter(
    ({ name, maskRule, count, kept }) => maskRule !== 'zeros' && !prunable.has(name) && kept < count,
  );
  for (const { name } of dropped)
    warnings.push(
      `${checkpoint} has a mask for ${name}, which is not a prunable layer here. The mask is not transferred.`,
    );
  const signless = layers
    .filter(({ name }) => prunable.has(name))
    .reduce((sum, { kept, positive, negative }) => sum + kept - positive - negative, 0);
  if (signless > 0 && CARRIES_SIGNS.includes(record.source.variant))
    warnings.push(
      `${checkpoint} keeps ${signless} weights that are exactly 0. They have no sign, so they are pruned in the new network.`,
    );
  return warnings;
}

function hasOtherNormalization({ metadata }: Source, { normalization: { mean, std } }: Dataset): boolean {
  const { normalization } = metadata;
  const recorded = normalization === undefined ? undefined : parsed(normalization);
  return recorded !== undefined && !isDeepStrictEqual(recorded, { mean, std });
}

/** Parses metadata. Returns undefined if it is not JSON, because then another tool wrote the metadata. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** Returns information about a checkpoint from its run directory. For a file outside a run directory, nothing is known. */
async function originOf({
  file,
  metadata: { options },
}: Source): Promise<{ datasetSha256?: string | undefined; wasChanged: boolean }> {
  const directory = runOf(file);
  if (directory === undefined) return { wasChanged: false };
  const { events } = await readEvents(paths.events(directory), UNREAD, { progress: false });
  const wasChanged = options !== undefined && options !== hashOptions(await readRecord(directory));
  return { datasetSha256: events.findLast(isBeginning)?.datasetSha256, wasChanged };
}
