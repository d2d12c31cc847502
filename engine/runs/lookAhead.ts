/** A run that cannot begin is refused before a directory is made for it. */
import { checkBackend } from '../backends/startBackend';
import type { Dataset } from '../datasets/dataset';
import { loadDataset } from '../datasets/load';
import { UserError } from '../errors';
import { checkFit } from '../models/fit';
import type { Architecture } from '../models/network';
import type { RunRecord } from '../protocol';
import { headerOf, type Draft } from './make';
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
    const architecture = plan(record, dataset);
    for (const checkpoint of sourcesOf(record)) checkFit(checkpoint, (await headerOf(checkpoint)).shapes, architecture);
    for (const sentence of [describeData(dataset), ...doubts(record, architecture)]) say(sentence);
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

/** `9000 + 2000 images of 28 × 28 × 1, 10 classes`; arrays of NHWC that are read as NCHW have their colors for a width. */
function describeData({ train, test, height, width, channels, classes }: Dataset): string {
  const said = `${train.count} + ${test.count} images of ${height} × ${width} × ${channels}, ${classes} classes`;
  const isTurned = (width === 1 || width === 3) && channels > width;
  return isTurned ? `${said}: if their ${channels} channels are no channels, set dataset.layout to NHWC.` : said;
}

function doubts(record: RunRecord, { name, entries }: Architecture): string[] {
  const hasNormalization = entries.some(({ role }) => role === 'normalization');
  if (record.kind !== 'search' || record.method !== 'aws' || hasNormalization) return [];
  return [`${name} has no normalization to interpolate: aws is lrr here.`];
}
