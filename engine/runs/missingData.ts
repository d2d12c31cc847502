/** Advises how to get data that a run file names but that are not there. */
import path from 'node:path';
import { command, pathWord } from '../commands';
import { CATALOGUE } from '../vocabulary/datasetCatalogue';

/**
 * Returns the command that downloads the dataset of a path, or undefined if it is none that can be downloaded. If the path is where the
 * command puts the data below some folder, the command names this folder, and otherwise the folder that has the path.
 */
export function downloadOf(format: unknown, located: string): string | undefined {
  const entries = Object.entries(CATALOGUE).filter(([, { dataset }]) => dataset.format === format);
  for (const [name, { dataset }] of entries) {
    const end = path.join(name, dataset.folder);
    if (!located.endsWith(`${path.sep}${end}`)) continue;
    return commandFor(name, located.slice(0, -end.length - 1));
  }
  const parts = located.split(path.sep);
  const named = entries.find(([name, { dataset }]) => parts.includes(name) || parts.includes(dataset.folder));
  const [only, ...others] = entries;
  const found = named ?? (others.length === 0 && format !== 'folder' ? only : undefined);
  return found && commandFor(found[0], path.dirname(located));
}

function commandFor(name: string, folder: string): string {
  const isHere = path.relative('', folder) === '';
  return command('dataset', 'get', name, ...(isHere ? [] : ['--into', pathWord(folder)]));
}
