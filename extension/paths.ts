import { isWithin as isWithinOf } from '../engine/vocabulary/filePaths';

/** Whether `file` is `folder` or lies below it. */
export function isWithin(folder: string, file: string): boolean {
  return isWithinOf(folder, file, process.platform === 'win32');
}
