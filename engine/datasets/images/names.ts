/** Holds the names of many files in memory that threads share. Millions of strings would be copied to each thread. */

export interface FileNames {
  /** The folder that the names are relative to. */
  folder: string;
  /** UTF-8 text of all names, one after another. */
  text: Uint8Array;
  /** End of each name in `text`. */
  ends: Uint32Array;
}

export function packNames(folder: string, names: readonly string[]): FileNames {
  const ends = new Uint32Array(new SharedArrayBuffer(4 * names.length));
  let length = 0;
  names.forEach((name, i) => {
    length += Buffer.byteLength(name);
    ends[i] = length;
  });
  const text = new Uint8Array(new SharedArrayBuffer(length));
  const joined = Buffer.from(names.join(''));
  text.set(joined);
  return { folder, text, ends };
}

export function nameOf({ text, ends }: FileNames, i: number): string {
  return Buffer.from(text.slice(i === 0 ? 0 : ends[i - 1], ends[i])).toString();
}
