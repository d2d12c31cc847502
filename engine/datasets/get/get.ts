/** Downloads a dataset from its home into a folder. Only the verb `dataset get` and the command of the palette call this. */
import { existsSync } from 'node:fs';
import { readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import { claim } from '../../claim';
import { asMachineError, MachineError, UserError } from '../../errors';
import { flushFolder, makeFolder, renameOver } from '../../files';
import { didYouMean } from '../../nearest';
import { CATALOGUE, type CatalogueEntry, type DownloadedDataset } from '../../vocabulary/datasetCatalogue';
import { download, type DownloadOptions } from './download';
import { unpack } from './unpack';

export interface GetOptions extends Omit<DownloadOptions, 'onProgress'> {
  /** The folder in which a folder with the name of the dataset is made. */
  into: string;
  /** Receives the downloaded fraction of a file, from 0 to 1, each time it has grown by a percent. */
  onProgress?: (progress: { file: string; fraction: number }) => void;
  /** Receives messages for the user. Each message is one sentence. */
  onMessage?: (sentence: string) => void;
  /** The datasets by name. Default: those that this program knows. */
  catalogue?: Readonly<Record<string, CatalogueEntry>>;
}

/** Returns the entry of a dataset. Throws UserError that lists the names. */
export function entryOf(name: string, catalogue = CATALOGUE): CatalogueEntry {
  if (Object.hasOwn(catalogue, name)) return catalogue[name]!;
  if (name.startsWith('imagenet'))
    throw new UserError(
      `dataset get ${name}: ImageNet needs an account. Download it from https://image-net.org/download-images, unpack it into train and val with a folder for each class, and use the format "folder".`,
    );
  const names = Object.keys(catalogue);
  throw new UserError(`dataset get ${name}: unknown. The datasets are ${names.join(', ')}.${didYouMean(name, names)}`);
}

/**
 * Downloads and unpacks a dataset. A dataset that is there already is not downloaded again. Throws UserError if it cannot be downloaded,
 * and MachineError if it cannot be written.
 */
export async function getDataset(name: string, options: GetOptions): Promise<DownloadedDataset> {
  const { into, onMessage, catalogue } = options;
  const entry = entryOf(name, catalogue);
  const target = path.join(path.resolve(into), name);
  const { format, folder } = entry.dataset;
  try {
    if (await isDownloaded(target))
      onMessage?.(`${target} exists already, so nothing is downloaded. To download it again, remove the folder.`);
    else await downloadUnlessBusy(entry, target, options);
    return { name, dataset: { format, path: path.join(target, folder) } };
  } catch (error) {
    throw asFileError(error, `${target} cannot be downloaded`);
  }
}

async function isDownloaded(target: string): Promise<boolean> {
  try {
    return (await readdir(target)).length > 0;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code === 'ENOTDIR' && existsSync(target))
      throw new UserError(`${target} is a file. Move it away, or choose another folder: the dataset needs this name.`);
    throw error;
  }
}

async function downloadUnlessBusy(entry: CatalogueEntry, target: string, options: GetOptions): Promise<void> {
  const unfinished = `${target}.unfinished`;
  await makeFolder(unfinished);
  const release = await claim(`${unfinished}.lock`, (holder) => `${holder} is downloading this dataset. Wait for it`);
  try {
    if (await isDownloaded(target)) return; // by the process that had the lock before
    await makeFolder(unfinished);
    await fill(unfinished, entry, options);
    await rmdir(target).catch(() => undefined); // it is empty or missing; Windows does not rename over a folder
    await renameOver(unfinished, target);
    await flushFolder(path.dirname(target));
  } finally {
    await release();
  }
}

async function fill(folder: string, { files, home, place = (own) => own }: CatalogueEntry, options: GetOptions) {
  const { signal, waits, onProgress, onMessage } = options;
  onMessage?.(`Downloading from ${new URL(files[0]!.url).host}. Terms of use: ${home}`);
  for (const source of files) {
    const file = path.basename(source.url);
    await download(source, path.join(folder, file), {
      signal,
      waits,
      onProgress: eachPercent((fraction) => onProgress?.({ file, fraction })),
    });
  }
  for (const { url } of files) {
    const archive = path.join(folder, path.basename(url));
    if (!/\.(zip|tar\.gz)$/.test(archive)) continue;
    onMessage?.(`Unpacking ${path.basename(archive)}.`);
    await unpack(archive, { target: folder, place, signal });
    await rm(archive);
  }
  await flushFolder(folder);
}

/** Converts an error of the file system to a MachineError. Returns any other error unchanged. */
function asFileError(error: unknown, doing: string): unknown {
  const { syscall, message } = error as NodeJS.ErrnoException;
  if (syscall === undefined) return error;
  const known = asMachineError(error, doing);
  return known === error ? new MachineError(`${doing} (${message}). Try again.`, { cause: error }) : known;
}

function eachPercent(report: (fraction: number) => void): DownloadOptions['onProgress'] {
  let reported = -1;
  return (done, total = 0) => {
    const percent = Math.floor((100 * done) / total);
    if (total === 0 || percent === reported) return;
    reported = percent;
    report(done / total);
  };
}
