/** Tells the included images from those in files. */
import { INCLUDED } from './datasetSchema';
import type { DatasetSpec, IncludedDataset } from './runOptions';

/** Whether a dataset is the included sample, or a part of it. */
export function isIncluded(dataset: DatasetSpec): dataset is IncludedDataset {
  return dataset === INCLUDED || dataset.format === INCLUDED;
}

/** Returns the place of a dataset: a path, or the name of the included images. */
export function placeOf(dataset: DatasetSpec): string {
  return isIncluded(dataset) ? INCLUDED : dataset.path;
}
