/** Compares paths as text, for Windows and other systems. Does not access a disk. */

/** Returns the same text for all spellings of a path. Windows ignores case and the direction of slashes. */
export function pathKey(file: string, windows: boolean): string {
  if (!windows) return file.length > 1 ? file.replace(/\/+$/, '') : file;
  const key = file.replaceAll('/', '\\').toLowerCase();
  return key.length > 3 ? key.replace(/\\+$/, '') : key;
}

/** Whether `file` is `folder` or is below it. */
export function isWithin(folder: string, file: string, windows: boolean): boolean {
  const [above, below] = [pathKey(folder, windows), pathKey(file, windows)];
  const separator = windows ? '\\' : '/';
  return below === above || below.startsWith(above.endsWith(separator) ? above : above + separator);
}

/** Splits a path of any operating system, because a record may come from another system. */
export function pathParts(file: string): string[] {
  return file.split(/[\\/]/).filter(Boolean);
}
