/** Warnings and notes about the checkpoints that a new run starts from or measures. */
import { isDeepStrictEqual } from 'node:util';
import { parsedMetadata } from '../checkpoints/metadata';
import { parameterPath } from '../checkpoints/modulePath';
import type { Dataset } from '../datasets/dataset';
import { fingerprint } from '../datasets/fingerprint';
import type { Source } from '../inspection/source';
import { needOf, needOfOrigin, newClassifierOf } from '../lottery/needs';
import { classesIn } from '../models/classifier';
import { wrappersOf, type FitOptions } from '../models/fit';
import { isCounter, type Architecture, type Entry } from '../models/network';
import { layerNameOf, sizeOf, weightNameOf } from '../tensors';
import type { Inspection } from '../vocabulary/inspection';
import { percent } from '../vocabulary/numbers';
import type { RunRecord, TicketSource } from '../vocabulary/runRecord';
import { traitsOf } from '../vocabulary/transferVariants';
import type { Draft } from './drafts';
import { isBeginning } from './events';
import { hashOptions } from './options';
import { paths } from './paths';
import { readEvents, UNREAD } from './readEvents';
import { readRecord, runOf } from './record';

/**
 * Returns what a run needs of its sources. An interpolation needs everything except running statistics, which it measures. If it leaves
 * them alone, it needs them, too.
 */
export function fitOptionsOf(record: RunRecord, newClassifier: readonly string[] = []): FitOptions {
  if ('normalization' in record && record.normalization === 'none')
    return { needs: (entry) => (isCounter(entry) ? 'optional' : 'values') };
  if (record.kind !== 'train' || record.source.from !== 'checkpoint') return {};
  const { source } = record;
  return { needs: (entry) => needOf(entry, source, newClassifier) };
}

/** Returns what a transfer needs of the initialization of its source. */
export function fitOptionsOfOrigin(record: RunRecord, newClassifier: readonly string[]): FitOptions {
  if (record.kind !== 'train' || record.source.from !== 'checkpoint') return {};
  const { source } = record;
  return { needs: (entry) => needOfOrigin(entry, source, newClassifier) };
}

/** Returns the entries of the classifier that a transfer starts anew. */
export function newClassifierIn({ record, sources: [ticket] }: Draft, architecture: Architecture): string[] {
  if (!ticket || record.kind !== 'train' || record.source.from !== 'checkpoint') return [];
  return newClassifierOf(record.source, ticket.shapes, architecture);
}

/** Says which wrappers in the names of a source are ignored. */
export function notesOnNames(sources: readonly Source[], architecture: Architecture): string[] {
  return sources.flatMap(({ file, shapes }) => {
    const wrappers = wrappersOf(shapes.keys(), architecture).map((name) => `“${name}”`);
    return wrappers.length === 0 ? [] : [`${file}: its names are used without ${wrappers.join(' and ')}.`];
  });
}

/** Returns warnings about sources that were trained on other data, or with other options, than expected. */
export async function warningsAboutSources(sources: readonly Source[], dataset: Dataset): Promise<string[]> {
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

/** Returns warnings about transferring the ticket, which is the first source. */
export async function warningsAboutTransfer(
  { record, sources: [ticket] }: Draft,
  architecture: Architecture,
): Promise<string[]> {
  if (!ticket || record.kind !== 'train' || record.source.from !== 'checkpoint') return [];
  const inspection = await ticket.inspection();
  const { file: checkpoint, layers, sparsity } = inspection;
  const warnings = [
    ...warningsAboutClasses(ticket, record.source, architecture),
    ...(sparsity.prunable === 0 ? [`${checkpoint} has no pruned weights, so the transferred network is dense.`] : []),
    ...warningsAboutMasks(inspection, architecture, 'transferred'),
  ];
  const signless = layers
    .filter(isPrunableIn(architecture))
    .reduce((sum, { kept, positive, negative }) => sum + kept - positive - negative, 0);
  if (signless > 0 && traitsOf(record.source.variant).dropsZeros)
    warnings.push(
      `${checkpoint} keeps ${signless} weights that are exactly 0. They have no sign, so they are pruned in the new network.`,
    );
  return warnings;
}

/** Returns warnings about the checkpoint that a search continues from, which is the first source. */
export async function warningsAboutContinuing(
  { record, sources: [start] }: Draft,
  architecture: Architecture,
): Promise<string[]> {
  if (!start || record.kind !== 'search') return [];
  return warningsAboutMasks(await start.inspection(), architecture, 'used');
}

/** Says which masks the run does not use, which layers are empty, and why the sparsity differs from that of the file. */
function warningsAboutMasks(inspection: Inspection, architecture: Architecture, use: 'transferred' | 'used'): string[] {
  const { file: checkpoint, layers } = inspection;
  const isPrunable = isPrunableIn(architecture);
  const empty = layers.filter(({ kept }) => kept === 0).map(({ name }) => name);
  const dropped = layers.filter(
    (layer) => layer.maskRule !== 'zeros' && !isPrunable(layer) && layer.kept < layer.count,
  );
  const other = otherSparsity(inspection, architecture);
  return [
    ...(empty.length > 0 ? [`${checkpoint} has no weights left in ${empty.join(', ')}.`] : []),
    ...dropped.map(
      ({ name }) => `${checkpoint} has a mask for ${name}, which is not a prunable layer here. The mask is not ${use}.`,
    ),
    ...(other === undefined ? [] : [other]),
  ];
}

function isPrunableIn(architecture: Architecture): (layer: { name: string }) => boolean {
  const prunable = prunableIn(architecture);
  return ({ name }) => prunable.has(pathOf(name));
}

/** Says that the classifier is new because the number of classes differs, if the user did not choose that. */
function warningsAboutClasses(
  { file, shapes }: Source,
  source: Pick<TicketSource, 'variant' | 'classifier'>,
  architecture: Architecture,
): string[] {
  const [name] = newClassifierOf(source, shapes, architecture);
  if (name === undefined || source.classifier !== undefined) return [];
  const { classes } = architecture.data;
  return [
    `${file} has ${classesIn(shapes, architecture)} classes, but the data have ${classes}. So the classifier (${layerNameOf(name)}) is not transferred, and starts from the new initialization.`,
  ];
}

/**
 * Explains a sparsity that differs from the one that `inspect` prints: other layers are prunable by the rule of the source than in the
 * network of the run.
 */
function otherSparsity(
  { file, layers, rule, sparsity }: Inspection,
  { name: model, entries }: Architecture,
): string | undefined {
  const prunable = prunableIn({ entries });
  const chosen = new Set(layers.map(({ name }) => pathOf(name)));
  const transferred = layers.filter(({ name }) => prunable.has(pathOf(name)));
  const pruned = transferred.reduce((sum, { count, kept }) => sum + count - kept, 0);
  const whole = [...prunable.values()].reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const here = percent(pruned / whole);
  if (here === percent(sparsity.prunable)) return undefined;
  const dropped = layers.filter(({ name }) => !prunable.has(pathOf(name))).map(({ name }) => name);
  const added = [...prunable].flatMap(([path, { name }]) => (chosen.has(path) ? [] : layerNameOf(name)));
  const reasons = [
    ...(dropped.length > 0 ? [`${dropped.join(', ')} ${isAre(dropped)} not prunable in ${model}`] : []),
    ...(added.length > 0 ? [`${added.join(', ')} ${isAre(added)} prunable in ${model}, but not by this rule`] : []),
  ];
  const because = reasons.length > 0 ? `, because ${reasons.join(' and ')}` : '';
  return `${file}: by the rule “${rule}”, ${percent(sparsity.prunable)} of the prunable weights are pruned, but ${here} in this run${because}.`;
}

/** Returns the prunable weights of a network, by their path without wrappers. */
function prunableIn({ entries }: Pick<Architecture, 'entries'>): Map<string, Entry> {
  return new Map(entries.flatMap((entry) => (entry.prunable ? [[parameterPath(entry.name), entry]] : [])));
}

function pathOf(layer: string): string {
  return parameterPath(weightNameOf(layer));
}

function isAre({ length }: readonly string[]): string {
  return length === 1 ? 'is' : 'are';
}

function hasOtherNormalization({ metadata }: Source, { normalization: { mean, std } }: Dataset): boolean {
  const { normalization } = metadata;
  const recorded = normalization === undefined ? undefined : parsedMetadata(normalization);
  return recorded !== undefined && !isDeepStrictEqual(recorded, { mean, std });
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
