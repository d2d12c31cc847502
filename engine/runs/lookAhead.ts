/** A run that cannot begin is refused before a directory is made for it. */
import { checkBackend } from '../backends/startBackend';
import { headerOf } from '../checkpoints/shapes';
import type { Dataset } from '../datasets/dataset';
import { loadDataset } from '../datasets/load';
import { UserError } from '../errors';
import { checkFit } from '../models/fit';
import type { Architecture } from '../models/network';
import { inspect } from '../inspection/inspect';
import type { RunRecord } from '../protocol';
import type { Draft } from './make';
import { plan } from './session';

/**
 * Everything that can be seen to be wrong of a run to be made, as a UserError that names the file its options are from.
 * Returns its data, loaded; undefined for a run that is there already, which knows what it began with.
 * @param say hears what is trained on, and what of it may not be meant
 */
export async function lookAhead(draft: Draft, say: (sentence: string) => void): Promise<Dataset | undefined> {
  const { record, origin, isThere } = draft;
  if (isThere) return undefined;
  try {
    if (record.backend !== 'auto') await checkBackend(record.backend);
    const dataset = await loadDataset(record.dataset, '.');
    const architecture = planFor(record, dataset);
    for (const checkpoint of sourcesOf(record)) checkFit(checkpoint, (await headerOf(checkpoint)).shapes, architecture);
    const doubted = [...doubts(record, dataset, architecture), ...(await doubtsOfSource(record))];
    for (const sentence of [describeData(dataset), ...doubted]) say(sentence);
    return dataset;
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${origin}: ${error.message}`, { cause: error }) : error;
  }
}

function sourcesOf(record: RunRecord): string[] {
  if (record.kind === 'connectivity') return [record.a.checkpoint, record.b.checkpoint];
  if (record.kind !== 'train' || record.source.from !== 'checkpoint') return [];
  const { checkpoint, rewind } = record.source;
  return rewind ? [checkpoint, rewind.checkpoint] : [checkpoint];
}

/** A network may fit images only once they are read the right way round. */
function planFor(record: RunRecord, dataset: Dataset): Architecture {
  try {
    return plan(record, dataset);
  } catch (error) {
    if (!(error instanceof UserError) || !looksTurned(dataset)) throw error;
    throw new UserError(`${error.message} The data are ${describeData(dataset)}`, { cause: error });
  }
}

/** `9000 + 2000 images of 28 × 28 × 1, 10 classes`. */
function describeData(dataset: Dataset): string {
  const { train, test, height, width, channels, classes } = dataset;
  const said = `${train.count} + ${test.count} images of ${height} × ${width} × ${channels}, ${classes} classes`;
  return looksTurned(dataset)
    ? `${said}: if their ${channels} channels are no channels, set dataset.layout to NHWC.`
    : said;
}

/** Arrays of NHWC that are read as NCHW have their colors for a width. */
function looksTurned({ width, channels }: Dataset): boolean {
  return (width === 1 || width === 3) && channels > width;
}

/** What can be trained, and is hardly meant. */
function doubts(record: RunRecord, data: Dataset, { name, entries }: Architecture): string[] {
  const { kind, method, schedule, finalEpochs, batchSize, augmentation } = record;
  const doubted: string[] = [];
  const absent = absentClasses(data);
  const limited = typeof record.dataset === 'object' && record.dataset.limit?.train !== undefined;
  if (absent.length > 0)
    doubted.push(
      `Classes without an image to train on: ${absent.length} of ${data.classes}, the first is ${absent[0]}: ${limited ? 'is "dataset.limit.train" too low?' : 'is a label wrong?'}`,
    );
  const hasNormalization = entries.some(({ role }) => role === 'normalization');
  if (kind === 'search' && method === 'aws' && !hasNormalization)
    doubted.push(`${name} has no normalization to interpolate: aws is lrr here.`);
  const late = kind === 'train' && typeof schedule === 'object' ? schedule.milestones : [];
  if (late.some((epoch) => epoch >= finalEpochs))
    doubted.push(`"schedule.milestones" of ${finalEpochs} ("finalEpochs") and more are never reached.`);
  if (batchSize > data.train.count)
    doubted.push(`"batchSize" is ${batchSize}, of ${data.train.count} images: a step is an epoch.`);
  if (augmentation.crop >= Math.min(data.height, data.width))
    doubted.push(`"augmentation.crop" is ${augmentation.crop}, which moves many images out of sight.`);
  return doubted;
}

async function doubtsOfSource({ kind, ...record }: RunRecord): Promise<string[]> {
  const source = kind === 'train' && 'source' in record ? record.source : undefined;
  if (source?.from !== 'checkpoint' || (await inspect(source.checkpoint)).sparsity.prunable > 0) return [];
  return [`${source.checkpoint} keeps every weight: what is transferred is dense.`];
}

function absentClasses({ classes, train }: Dataset): number[] {
  const present = new Set(train.labels);
  return Array.from({ length: classes }, (_, label) => label).filter((label) => !present.has(label));
}
