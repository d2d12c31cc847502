/** Options that describe a network and its data without a run file: `--network NAME --batch N --images HxWxC --classes N`. */
import { UserError } from '../errors';
import { parseJson } from '../json/parse';
import type { DataShape } from '../models/network';
import type { ModelSpec } from '../vocabulary/runOptions';
import type { Work } from '../calibration/calibrate';
import { checkOptions } from '../runs/options';
import { cutMiddle } from '../vocabulary/text';
import { wholeNumber, type Arguments } from './verb';

export const WORK_USAGE = '[--network NAME|JSON] [--batch N] [--images HxWxC] [--classes N]';
const DEFAULTS = { network: 'resnet20', batch: '128', images: '32x32x3', classes: '10' };
export const WORK_OPTIONS = {
  network: `name of a model, or {"model": NAME, "options": {…}} as in a run file (default ${DEFAULTS.network})`,
  batch: `images per step (default ${DEFAULTS.batch})`,
  images: `height, width and channels of the images (default ${DEFAULTS.images})`,
  classes: `number of classes (default ${DEFAULTS.classes})`,
};
export const WORK_DEFAULTS = `${DEFAULTS.network}, batch ${DEFAULTS.batch}, images of ${DEFAULTS.images}, ${DEFAULTS.classes} classes`;

export function readWork({ text }: Arguments): Work {
  const work: Work = {
    model: modelIn('--network', text['network'] ?? DEFAULTS.network),
    data: {
      ...shapeOf(text['images'] ?? DEFAULTS.images),
      classes: wholeNumber('classes', text['classes'] ?? DEFAULTS.classes, { minimum: 2 }),
    },
    batchSize: wholeNumber('batch', text['batch'] ?? DEFAULTS.batch, { minimum: 1 }),
  };
  const { height, width, channels } = work.data;
  const bytes = 4 * work.batchSize * height * width * channels;
  if (bytes > MOST_BYTES)
    throw new UserError(
      `--batch ${work.batchSize} of ${height} × ${width} × ${channels} is ${(bytes / 1e9).toPrecision(3)} GB of images. Use a smaller batch or smaller images.`,
    );
  return work;
}

/** Greatest size of a batch in bytes. A larger batch is a typing error. */
const MOST_BYTES = 2 ** 31;

/**
 * Parses a network: a name, or an object as in a run file, such as `{"model":"resnet20","options":{"width":32}}`.
 * @param option the option of the command line, for messages
 */
export function modelIn(option: string, text: string): ModelSpec {
  return checkOptions({ method: 'dense', dataset: 'sample', model: parsedModel(option, text) }, option).model;
}

function parsedModel(option: string, text: string): unknown {
  if (!text.startsWith('{')) return text;
  try {
    return parseJson(text, option);
  } catch (error) {
    throw new UserError(`${option} is "${cutMiddle(text, 80)}". Write a name, or {"model": NAME, "options": {…}}.`, {
      cause: error,
    });
  }
}

/** Parses height, width and channels, such as `32x32x3`. */
export function shapeOf(text: string): Omit<DataShape, 'classes'> {
  const [, height, width, channels] = /^([1-9]\d*)[x×]([1-9]\d*)[x×]([1-9]\d*)$/.exec(text) ?? [];
  if (channels === undefined)
    throw new UserError(
      `--images is "${text}". Write height, width and channels, each at least 1, for example 32x32x3.`,
    );
  return { height: Number(height), width: Number(width), channels: Number(channels) };
}
