/** Compares several checkpoints in pairs. A pair that cannot be compared does not affect the others. */
import { UserError } from '../errors';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { Comparison, NameMap } from '../vocabulary/inspection';
import { nameText } from '../vocabulary/layerNames';
import {
  MOST_IN_MATRIX,
  type ComparisonMatrix,
  type MatrixPair,
  type MatrixRequest,
  type UnreadableFile,
} from '../vocabulary/matrix';
import { compareCheckpoints } from './compare';
import { countedInFiles } from './counted';

/** Places of two files in a list of files. */
export interface PairPlaces {
  a: number;
  b: number;
}

/** Two checkpoints, and either their comparison or the reason why they could not be compared. */
export type ComparedPair = PairPlaces & ({ comparison: Comparison } | { problem: string });

/** Returns every pair of this number of files once, in the order of `b`. */
export function allPairs(count: number): PairPlaces[] {
  return Array.from({ length: count }, (_, b) => pairsOfRow(b)).flat();
}

function pairsOfRow(b: number): PairPlaces[] {
  return Array.from({ length: b }, (_, a) => ({ a, b }));
}

/** Compares these pairs one after another. A layer that counts in any of the files counts in all that have it. `mapOf` returns the layers of a pair that the user has matched by hand. */
export async function comparePairs(
  files: readonly CheckpointRef[],
  pairs: readonly PairPlaces[],
  mapOf: (a: CheckpointRef, b: CheckpointRef) => NameMap | undefined = () => undefined,
): Promise<ComparedPair[]> {
  const compared: ComparedPair[] = [];
  const counted = files.length > 2 ? await countedInFiles(files) : new Set<string>();
  for (const { a, b } of pairs) {
    const [fileA, fileB] = [files[a]!, files[b]!];
    try {
      compared.push({
        a,
        b,
        comparison: await compareCheckpoints(fileA, fileB, { map: mapOf(fileA, fileB), counted }),
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      compared.push({ a, b, problem: error.message });
    }
  }
  return compared;
}

/** Returns those of the files in uncompared pairs that cannot be read, each once. */
async function unreadableFiles(
  files: readonly CheckpointRef[],
  pairs: readonly ComparedPair[],
): Promise<UnreadableFile[]> {
  const places = new Set(pairs.flatMap((pair) => ('problem' in pair ? [pair.a, pair.b] : [])));
  const unreadable: UnreadableFile[] = [];
  for (const place of [...places].sort((a, b) => a - b)) {
    try {
      await compareCheckpoints(files[place]!, files[place]!);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      unreadable.push({ place, reason: error.message });
    }
  }
  return unreadable;
}

/** Compares all pairs, or those of one row. Throws UserError if there are too many files. Problems of a pair are part of the result. */
export async function compareMatrix({ files, row, maps = [] }: MatrixRequest): Promise<ComparisonMatrix> {
  if (files.length > MOST_IN_MATRIX)
    throw new UserError(
      `${files.length} checkpoints were given. A matrix compares at most ${MOST_IN_MATRIX}. Choose fewer checkpoints.`,
    );
  if (row !== undefined && files[row] === undefined)
    throw new UserError(`The matrix has no row ${row}: rows are from 0 to ${files.length - 1}. Reload the panel.`);
  const paths = files.map((file) => (typeof file === 'string' ? file : file.file));
  const mapOf = (a: CheckpointRef, b: CheckpointRef) => {
    const [pathA, pathB] = [paths[files.indexOf(a)], paths[files.indexOf(b)]];
    return maps.find((one) => one.a === pathA && one.b === pathB)?.map;
  };
  const pairs = row === undefined ? allPairs(files.length) : pairsOfRow(row);
  const compared = await comparePairs(files, pairs, mapOf);
  const unreadable = await unreadableFiles(files, compared);
  return { files: paths, pairs: compared.map(matrixPairOf), ...(unreadable.length > 0 && { unreadable }) };
}

/** Returns what a cell of a matrix shows of a pair. */
export function matrixPairOf(pair: ComparedPair): MatrixPair {
  const { a, b } = pair;
  if ('problem' in pair) return { a, b, layers: 0, unmatched: 0, reason: pair.problem };
  const { layers, unmatched, total, warnings } = pair.comparison;
  return {
    ...{ a, b, layers: layers.length, unmatched: unmatched.length },
    ...(layers.length > 0 ? { total } : { reason: noLayerReason(pair.comparison) }),
    ...(warnings && { warnings }),
  };
}

function noLayerReason({ unmatched: [first] }: Comparison): string {
  const example = first ? `: ${nameText(first.name)} of ${first.side.toUpperCase()}: ${first.reason}` : '';
  return `no layer in common${example}`;
}
