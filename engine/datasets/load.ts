/** Loads the datasets that a run file names. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { isIncluded } from '../vocabulary/includedDataset';
import { FORMATS_OF_FIELD, type INCLUDED } from '../vocabulary/datasetSchema';
import type { DatasetSpec, FileDataset, ImageChoice } from '../vocabulary/runOptions';
import { readArrays } from './arrays';
import { readCifar } from './cifar';
import { readCsv } from './csv';
import type { Dataset } from './dataset';
import { readFolder } from './images/folder';
import { badField, badFile } from './fields';
import { readIdx } from './idx';
import { normalizationOf } from './normalization';
import { limited, ofClasses, select } from './select';
import { checkSplits, type RawSplit } from './split';

/** Loads a dataset into memory. A relative path is relative to `baseFolder`. Throws UserError naming the file and the field. */
export async function loadDataset(spec: DatasetSpec, baseFolder: string): Promise<Dataset> {
  if (isIncluded(spec)) return loadSample(typeof spec === 'string' ? {} : spec);
  const place = path.resolve(baseFolder, spec.path);
  await checkKind(spec.format, place);
  for (const field of ['size', 'resize'] as const)
    if (spec[field] !== undefined && !isRead(field, spec.format))
      throw badField(field, `is only for image folders, but the format is ${spec.format}. Remove it`);
  const loaded = spec.format === 'folder' ? await loadFolder(spec, place) : await loadArrays(spec, spec.format, place);
  const name = path.basename(place).replace(/\.(npz|safetensors)$/, '');
  return chosenFrom({ name, ...loaded }, spec);
}

/** Chooses the images of a run, and normalizes them. */
async function chosenFrom(loaded: Omit<Dataset, 'normalization'>, choice: ImageChoice): Promise<Dataset> {
  const dataset = { ...loaded, ...select(loaded, loaded.classes, choice) };
  return { ...dataset, normalization: await normalizationOf(choice.normalization, dataset) };
}

/** Whether a format reads a field of `dataset`. */
export function isRead(field: keyof typeof FORMATS_OF_FIELD, format: DatasetFormat): boolean {
  return (FORMATS_OF_FIELD[field] as readonly DatasetFormat[]).includes(format);
}

type Loaded = Omit<Dataset, 'name' | 'normalization'>;

async function loadFolder(spec: Spec, place: string): Promise<Loaded> {
  const { train, test, ...folder } = ofClasses(await readFolder(place, spec), spec.classes);
  return { ...folder, train: limited(train, spec.limit?.train), test: limited(test, spec.limit?.test) };
}

async function loadArrays(spec: Spec, format: ArrayFormat, place: string): Promise<Loaded> {
  const { classNames, notes = [], ...raw } = await readRaw({ ...spec, format }, place);
  const { classes, limit } = spec;
  const checked = checkSplits(raw, classes ? {} : limit);
  const named = { ...checked, ...(classNames?.length === checked.classes ? { classNames } : {}) };
  const { train, test, ...chosen } = ofClasses(named, classes);
  return {
    ...chosen,
    train: limited(train, limit?.train), // the classes are chosen first
    test: limited(test, limit?.test),
    ...(notes.length > 0 ? { notes } : {}),
  };
}

/** The included subset of Fashion-MNIST, or a part of it. */
async function loadSample({ classes, limit, ...choice }: ImageChoice): Promise<Dataset> {
  const whole = checkSplits(await readIdx(sampleFolder()));
  const { train, test, ...sample } = ofClasses({ ...whole, classNames: FASHION }, classes);
  const name = 'Fashion-MNIST sample';
  const limits = { train: limited(train, limit?.train), test: limited(test, limit?.test) };
  return chosenFrom({ name, ...sample, ...limits }, choice);
}

function sampleFolder(): string {
  const bundled = path.join(__dirname, 'sample');
  // During tests the program is in out/engine/datasets, but the data are in the source folder.
  return existsSync(bundled) ? bundled : path.join(__dirname, '../../../engine/datasets/sample');
}

const FASHION = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];

/** Formats that are read into memory. */
type ArrayFormat = Exclude<Format, 'folder'>;
type Spec = FileDataset;
type Format = Spec['format'];
type DatasetFormat = Format | typeof INCLUDED;

async function readRaw(
  spec: Spec & { format: ArrayFormat },
  place: string,
): Promise<{ train: RawSplit; test: RawSplit; classNames?: string[]; notes?: string[] }> {
  switch (spec.format) {
    case 'idx':
      return readIdx(place);
    case 'cifar10':
    case 'cifar100':
      return readCifar(spec.format, place);
    case 'csv':
      return readCsv(place, spec.layout);
    case 'npy':
    case 'npz':
    case 'safetensors':
      return readArrays(place, spec);
  }
}

/**
 * Throws if the path is a file but the format needs a folder, or the reverse. A missing path is reported later, by the reader of the
 * format.
 */
async function checkKind(format: Format, place: string): Promise<void> {
  const isFolder = await stat(place).then(
    (found) => found.isDirectory(),
    () => undefined,
  );
  const inFolder = format !== 'npz' && format !== 'safetensors';
  if (isFolder === undefined || isFolder === inFolder) return;
  throw badFile(
    place,
    inFolder
      ? `is a file. Set dataset.path to the folder with the files of ${format}`
      : `is a folder. Set dataset.path to the ${format} file in it`,
  );
}
