/** Finds the checkpoints of a series, and sorts them. */
import { existsSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { appendAll } from '../collections';
import { groupBy } from '../vocabulary/groupBy';
import { UserError } from '../errors';
import { inNaturalOrder } from '../vocabulary/text';

export interface SeriesFiles {
  files: string[];
  /** Checkpoints in the folder that do not belong to the series. */
  skipped: string[];
}

const CHECKPOINT = /\.(pth\.tar|pth|pt|ckpt|bin|safetensors|npz|h5|keras|onnx|msgpack|gguf)$/i;
/** Names of files with masks or with an optimizer. Some tools write them next to the models. */
const BESIDE = /^(mask|optim)/i;
/** Names of the parts of one checkpoint: `model-00001-of-00004.safetensors`. */
const PART = /-\d{5}-of-\d{5}\.\w+$/;

/**
 * Returns the checkpoints in a folder, or the given files, sorted by the numbers in their names. Keeps the order of given files with
 * `asGiven`, and if their names have no numbers that differ. Throws UserError if there are fewer than two, or if the names of files in a
 * folder give no order.
 */
export async function seriesFiles(targets: readonly string[], { asGiven = false } = {}): Promise<SeriesFiles> {
  const [first = ''] = targets;
  const isFolder = targets.length === 1 && (await stat(first).catch(() => undefined))?.isDirectory() === true;
  const found = isFolder ? await inFolder(first) : { files: [...targets], skipped: [] };
  const sorts = isFolder || (!asGiven && differInNumbers(found.files));
  const files = sorts ? found.files.sort(inNaturalOrder) : found.files;
  if (files.length >= 2) return { files, skipped: found.skipped.sort(inNaturalOrder) };
  throw new UserError(
    isFolder
      ? `${first} has fewer than two checkpoints. Name a folder with the checkpoints of one network, or the files.`
      : `${first} is only one checkpoint. A series needs a folder, or two or more checkpoints.`,
  );
}

async function inFolder(folder: string): Promise<SeriesFiles> {
  const levels = await openLthLevels(folder);
  if (levels.files.length >= 2) return levels;
  const here = await checkpointsIn(folder);
  const inner = path.join(folder, 'checkpoints'); // of Winning Sign and TurboPrune
  const files = here.length < 2 && existsSync(inner) ? await checkpointsIn(inner) : here;
  return largestGroup(folder, files);
}

async function checkpointsIn(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter(
    (name) => CHECKPOINT.test(name) && !BESIDE.test(name) && !PART.test(name),
  );
  return names.map((name) => path.join(folder, name));
}

/** Returns the last model of each pruning level in a folder of open_lth: `level_N/main/model_epE_itI.pth`. */
async function openLthLevels(folder: string): Promise<SeriesFiles> {
  const levels = (await readdir(folder)).filter((name) => /^level_\d+$/.test(name));
  const found: SeriesFiles = { files: [], skipped: [] };
  for (const level of levels) {
    const main = path.join(folder, level, 'main');
    if (!existsSync(main)) continue;
    const models = (await checkpointsIn(main)).filter((file) => /^model_ep\d+_it\d+/.test(path.basename(file)));
    models.sort(inNaturalOrder);
    appendAll(found.files, models.slice(-1));
    appendAll(found.skipped, models.slice(0, -1));
  }
  return found;
}

/**
 * Files belong to the same series if their names differ only in numbers. Returns the largest series. Throws UserError if there are files,
 * but no two belong together.
 */
function largestGroup(folder: string, files: readonly string[]): SeriesFiles {
  const groups = groupBy(files, (file) => withoutNumbers(path.basename(file)));
  const [largest = []] = [...groups.values()].sort((a, b) => b.length - a.length);
  if (files.length < 2) return { files: [...files], skipped: [] };
  if (largest.length < 2)
    throw new UserError(
      `The checkpoints in ${folder} are not a series, because no two names differ only in numbers. To compare them as a series, name the files in their order.`,
    );
  return { files: largest, skipped: files.filter((file) => !largest.includes(file)) };
}

/** Whether two of the paths differ only in numbers, so that the numbers give an order. */
function differInNumbers(files: readonly string[]): boolean {
  return new Set(files.map(withoutNumbers)).size < new Set(files).size;
}

function withoutNumbers(text: string): string {
  return text.replace(/\d+/g, '#');
}
