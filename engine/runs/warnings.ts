/** Warnings before a run begins: about data and options that are valid but probably mistakes. */
import { isDeepStrictEqual } from 'node:util';
import type { RunRecord } from '../vocabulary/runRecord';
import type { Dataset, StoredSplit } from '../datasets/dataset';
import { isRead } from '../datasets/load';
import { hasBatchNorm, type Architecture } from '../models/network';
import { DATASET_FIELDS, FORMATS_OF_FIELD } from '../vocabulary/datasetSchema';
import { isIncluded } from '../vocabulary/includedDataset';
import { PLAIN_OPTIONS } from '../vocabulary/runSchema';
import { defaultsOf } from '../vocabulary/schemaWords';
import { OPTION_DEFAULTS, SEARCH_OPTIONS } from './options';

/** Returns all warnings about a run, one sentence each. */
export function warningsOf(record: RunRecord, dataset: Dataset, architecture: Architecture): string[] {
  const layout = layoutWarning(record, dataset);
  return [
    ...(layout === undefined ? [] : [layout]),
    ...(dataset.notes ?? []),
    ...unreadFields(record),
    ...scaleWarnings(dataset),
    ...classWarnings(record, dataset),
    ...methodWarnings(record, architecture),
    ...batchWarnings(record, dataset, architecture),
    ...rateWarnings(record),
  ];
}

/** Returns a summary of the data, for example `9000 + 2000 images of 28 × 28 × 1, 10 classes`. */
export function describeData({ train, test, height, width, channels, classes }: Dataset): string {
  return `${train.count} + ${test.count} images of ${height} × ${width} × ${channels}, ${classes} classes`;
}

/** Returns a warning if arrays seem to be read in the wrong layout. */
export function layoutWarning(record: RunRecord, dataset: Dataset): string | undefined {
  const layout = probableLayout(record, dataset);
  return layout
    ? `${dataset.channels} channels looks wrong. If the images are stored ${AXES[layout]}, set dataset.layout to "${layout}".`
    : undefined;
}

const AXES = { NCHW: 'N × C × H × W', NHWC: 'N × H × W × C' };

/** Greatest number of channels of ordinary images: gray, gray with alpha, RGB, RGBA. */
const MOST_CHANNELS = 4;

/** Returns the other layout if the number of channels is plausible (at most `MOST_CHANNELS`) only in that layout. */
function probableLayout(record: RunRecord, { height, width, channels }: Dataset): 'NCHW' | 'NHWC' | undefined {
  const { layout: read = 'NCHW' } = isIncluded(record.dataset) ? {} : record.dataset;
  const [probableChannels, side] = read === 'NCHW' ? [width, height] : [height, width];
  if (probableChannels > MOST_CHANNELS || channels <= probableChannels || side <= probableChannels) return undefined;
  return read === 'NCHW' ? 'NHWC' : 'NCHW';
}

/** Ratio of the standard deviations of training and test images. Above this ratio, they cannot have the same unit. */
const OTHER_SCALE = 10;
/** Number of images from which the scale is estimated. */
const SAMPLED = 1_000;

/**
 * Warns if training and test images have different scales, such as 0 … 255 and 0 … 1. Both are normalized in the same way, so their scales
 * must agree.
 */
function scaleWarnings({ train, test }: Dataset): string[] {
  if ('files' in train || 'files' in test) return []; // files of images have bytes
  const [inTrain, inTest] = [spreadOf(train), spreadOf(test)];
  const factor = inTest.deviation / inTrain.deviation;
  const shift = Math.abs(inTest.mean - inTrain.mean) / inTrain.deviation;
  const differ = inTrain.deviation > 0 && (factor > OTHER_SCALE || factor < 1 / OTHER_SCALE || shift > OTHER_SCALE);
  if (!differ) return [];
  const range = ({ least, most }: Spread) => `${shortNumber(least)} … ${shortNumber(most)}`;
  return [
    `Training images have values of ${range(inTrain)}, test images of ${range(inTest)}. Store both in the same unit.`,
  ];
}

interface Spread {
  least: number;
  most: number;
  mean: number;
  deviation: number;
}

function spreadOf({ images, count }: StoredSplit): Spread {
  const values = images.subarray(0, (images.length / count) * Math.min(count, SAMPLED));
  let [least, most, sum] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
    sum += value;
  }
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { least, most, mean, deviation: Math.sqrt(squares / values.length) };
}

function shortNumber(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** Warns about fields of `dataset` that its format does not read. */
function unreadFields({ dataset }: RunRecord): string[] {
  if (typeof dataset === 'string') return [];
  const { format } = dataset;
  const given: Readonly<Record<string, unknown>> = dataset; // a file may have any field
  const isGiven = (field: keyof typeof FORMATS_OF_FIELD) =>
    given[field] !== undefined && given[field] !== (field === 'layout' ? DATASET_FIELDS.layout.default : undefined);
  const fields = Object.keys(FORMATS_OF_FIELD) as (keyof typeof FORMATS_OF_FIELD)[];
  return fields
    .filter((field) => isGiven(field) && !isRead(field, format))
    .map((field) => `"dataset.${field}" has no effect on data of the format ${format}. Remove it.`);
}

function classWarnings({ dataset }: RunRecord, { classes, train }: Dataset): string[] {
  const present = new Set(train.labels);
  const absent = Array.from({ length: classes }, (_, label) => label).filter((label) => !present.has(label));
  if (absent.length === 0) return [];
  const limited = typeof dataset === 'object' && dataset.limit?.train !== undefined;
  const cause =
    absent.join() === '0'
      ? 'If labels begin at 1, subtract 1 from them.'
      : limited
        ? 'Is "dataset.limit.train" too low?'
        : 'Check the labels.';
  return [
    `${absent.length} of ${classes} classes ${absent.length === 1 ? 'has' : 'have'} no training image, for example class ${absent[0]}. ${cause}`,
  ];
}

/**
 * Returns a sentence about changed options of searches in the full training of a run file. They are no mistake, because a baseline often
 * shares the run file of its search. A transfer inherits them from its search.
 */
export function notesOn(record: RunRecord): string[] {
  if (record.kind !== 'train' || record.source.from !== 'initialization') return [];
  const unused = SEARCH_OPTIONS.filter(
    (name) => record[name] !== undefined && !isDeepStrictEqual(record[name], OPTION_DEFAULTS[name]),
  ).map((name) => `"${name}"`);
  if (unused.length === 0) return [];
  const have = unused.length === 1 ? 'has' : 'have';
  return [`${unused.join(', ')} ${have} no effect in a full training, only in a search.`];
}

/** Warns about changed options that the method or the optimizer of the run does not use, and about milestones that are never reached. */
function methodWarnings(record: RunRecord, { name, entries }: Architecture): string[] {
  const { kind, method, optimizer, momentum, rewindStep, schedule, finalEpochs } = record;
  const { roundSchedule, warmupEpochs, epochsPerRound } = record;
  const warnings: string[] = [];
  const search = kind === 'search';
  if (search && method !== 'imp' && rewindStep !== DEFAULTS.rewindStep.default)
    warnings.push(
      `"rewindStep" is ${rewindStep}, which has no effect. Only the method imp rewinds weights, but the method is ${method}. Remove "rewindStep".`,
    );
  if (search && method !== 'aws' && isChanged(record.normalizationInterpolation))
    warnings.push(
      `"normalizationInterpolation" has no effect. Only the method aws interpolates, but the method is ${method}. Remove the option.`,
    );
  if (search && method === 'aws' && !entries.some(({ role }) => role === 'normalization'))
    warnings.push(
      `${name} has no normalization layers to interpolate, so the method aws gives the same result as lrr.`,
    );
  if (kind !== 'connectivity' && optimizer === 'adam' && momentum !== DEFAULTS.momentum.default)
    warnings.push(`"momentum" is ${momentum}, which has no effect with the optimizer adam. Remove "momentum".`);
  const milestones = kind === 'train' && typeof schedule === 'object' ? schedule.milestones : [];
  if (milestones.some((epoch) => epoch >= finalEpochs))
    warnings.push(
      `Some "schedule.milestones" are never reached, because the training ends after ${finalEpochs} epochs ("finalEpochs"). Lower the milestones, or raise "finalEpochs".`,
    );
  const inRounds = search && typeof roundSchedule === 'object' ? roundSchedule.milestones : [];
  const longest = Math.max(warmupEpochs, epochsPerRound);
  if (inRounds.some((epoch) => epoch >= longest))
    warnings.push(
      `Some "roundSchedule.milestones" are never reached, because no round has more than ${longest} epochs. Lower the milestones, or raise "epochsPerRound".`,
    );
  return warnings;
}

const DEFAULTS = PLAIN_OPTIONS;

function isChanged(interpolation: RunRecord['normalizationInterpolation']): boolean {
  return !isDeepStrictEqual(interpolation, defaultsOf(DEFAULTS.normalizationInterpolation.properties));
}

function batchWarnings(
  { kind, batchSize, augmentation }: RunRecord,
  { train, height, width }: Dataset,
  architecture: Architecture,
): string[] {
  const warnings: string[] = [];
  if (batchSize > train.count)
    warnings.push(
      `"batchSize" is ${batchSize}, but there are only ${train.count} training images, so each epoch is a single step. Lower "batchSize".`,
    );
  if (kind !== 'connectivity' && train.count % batchSize === 1 && hasBatchNorm(architecture))
    warnings.push(
      `The last batch of each epoch has a single image, which is too few for batch-norm statistics. "batchSize" is ${batchSize}, and there are ${train.count} training images. Change "batchSize".`,
    );
  if (augmentation.crop >= Math.min(height, width))
    warnings.push(`"augmentation.crop" is ${augmentation.crop}, which moves many images out of view. Lower it.`);
  return warnings;
}

/** Learning rates outside these limits are probably typing errors, because the limits are far from values used in practice. */
const RATES = { sgd: { least: 1e-6, most: 10 }, adam: { least: 1e-8, most: 1 } };

function rateWarnings({ kind, optimizer, learningRate, weightDecay }: RunRecord): string[] {
  if (kind === 'connectivity') return [];
  const { least, most } = RATES[optimizer];
  const warnings: string[] = [];
  if (learningRate > most)
    warnings.push(
      `"learningRate" is ${learningRate}. With ${optimizer}, training is expected to fail above ${most}. Lower it.`,
    );
  if (learningRate < least)
    warnings.push(
      `"learningRate" is ${learningRate}. With ${optimizer}, weights will not change noticeably below ${least}. Raise it.`,
    );
  if (optimizer === 'sgd' && learningRate <= most && learningRate * weightDecay > 1)
    warnings.push(
      `"weightDecay" is ${weightDecay}. Multiplied by the learning rate it exceeds 1, so each step changes the sign of weights. Lower it.`,
    );
  return warnings;
}
