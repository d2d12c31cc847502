/** Downloads a dataset from its home into a folder. Only the verb `dataset get` and the command of the palette call this. */
import { mkdir, rename, rm } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../../errors';
import { didYouMean } from '../../nearest';
import { CATALOGUE, type CatalogueEntry, type DownloadedDataset } from '../../vocabulary/datasetCatalogue';
import { download, type Downloading } from './download';
import { unpack } from './unpack';

export interface Getting extends Omit<Downloading, 'onProgress'> {
  /** The folder of the dataset is made in this folder. */
  into: string;
  /** Receives the fraction of a file that is there, once for each percent. */
  onProgress?: (progress: { file: string; fraction: number }) => void;
  /** Receives messages for the user. Each message is one sentence. */
  onMessage?: (sentence: string) => void;
  /** The datasets by name. Tests use other ones. */
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

/** Downloads and unpacks a dataset. A dataset that is there already is not downloaded again. */
export async function getDataset(name: string, getting: Getting): Promise<DownloadedDataset> {
  const { into, signal, onProgress, onMessage, catalogue } = getting;
  const { files, dataset, home, place = (own: string) => own } = entryOf(name, catalogue);
  const target = path.join(path.resolve(into), name);
  const gotten = { name, dataset: { format: dataset.format, path: path.join(target, dataset.folder) } };
  if (existsSync(target)) {
    onMessage?.(`${target} exists already, so nothing is downloaded. To download it again, remove the folder.`);
    return gotten;
  }
  onMessage?.(`Downloading from ${new URL(files[0]!.url).host}. Terms of use: ${home}`);
  const unfinished = `${target}.unfinished`;
  await mkdir(unfinished, { recursive: true });
  for (const source of files) {
    const file = path.basename(source.url);
    await download(source, path.join(unfinished, file), {
      signal,
      onProgress: eachPercent((fraction) => onProgress?.({ file, fraction })),
    });
  }
  for (const { url } of files) {
    const archive = path.join(unfinished, path.basename(url));
    if (!/\.(zip|tar\.gz)$/.test(archive)) continue;
    onMessage?.(`Unpacking ${path.basename(archive)}.`);
    await unpack(archive, { target: unfinished, place, signal });
    await rm(archive);
  }
  await rename(unfinished, target);
  return gotten;
}

function eachPercent(report: (fraction: number) => void): Downloading['onProgress'] {
  let reported = -1;
  return (done, total = 0) => {
    const percent = Math.floor((100 * done) / total);
    if (total === 0 || percent === reported) return;
    reported = percent;
    report(done / total);
  };
}
