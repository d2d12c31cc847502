/** Collects what a report says about checkpoints. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { sha256Of } from '../checkpoints/write';
import { describeCheckpoint } from '../inspection/describe';
import { inspect } from '../inspection/inspect';
import { allPairs, comparePairs, type ComparedPair } from '../inspection/matrix';
import type { LayerHeader } from '../vocabulary/checkpoint';
import type { Inspection, LayerStatistics } from '../vocabulary/inspection';
import { drawSigns, type SignPicture } from './signPicture';

export interface MeasuredLayer extends LayerStatistics {
  header: LayerHeader;
  /** The picture of the layer. Absent after the first 300 layers. */
  picture?: SignPicture;
}

export interface MeasuredFile {
  /** Absolute path. */
  file: string;
  bytes: number;
  sha256: string;
  inspection: Inspection;
  metadata: Readonly<Record<string, string>>;
  layers: MeasuredLayer[];
}

const MOST_PICTURES = 300;
const PICTURE_SIZE = 160;
/** Up to this many files, all pairs are compared. If there are more, each file is compared only with the first and the previous one. */
const MOST_IN_FULL = 8;

/** Reads a file: its statistics, its hash and a picture of each layer. Throws UserError if it is not a readable checkpoint. */
export async function measureFile(checkpoint: string): Promise<MeasuredFile> {
  const file = path.resolve(checkpoint);
  const [header, inspection, sha256, { size }] = await Promise.all([
    describeCheckpoint(file),
    inspect(file),
    sha256Of(file),
    stat(file),
  ]);
  const headers = new Map(header.layers.map((layer) => [layer.name, layer]));
  const layers: MeasuredLayer[] = [];
  for (const statistics of inspection.layers) {
    const layer = headers.get(statistics.name);
    if (!layer) continue;
    const picture = layers.length < MOST_PICTURES ? await drawSigns(file, layer, PICTURE_SIZE) : undefined;
    layers.push({ ...statistics, header: layer, ...(picture && { picture }) });
  }
  return { file, bytes: size, sha256, inspection, metadata: header.metadata, layers };
}

/** Compares files in pairs. */
export function measurePairs(files: readonly string[]): Promise<ComparedPair[]> {
  const pairs = allPairs(files.length).filter(({ a, b }) => files.length <= MOST_IN_FULL || a === 0 || a === b - 1);
  return comparePairs(files, pairs);
}
