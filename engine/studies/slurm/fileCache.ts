/** Keeps what was parsed from files until they change, because a server looks at the same files every second. */
import { stat } from 'node:fs/promises';

interface Known<T> {
  version: string;
  content: T;
}

/** One entry for each key, which may stand for several files. */
export class FileCache<T> {
  readonly #known = new Map<string, Known<T>>();

  /** Returns the content for a key. `read` is called only if one of the files has changed, appeared or disappeared since. */
  async get(key: string, files: readonly string[], read: () => Promise<T>): Promise<T> {
    const version = (await Promise.all(files.map(versionOf))).join('\n');
    const known = this.#known.get(key);
    if (known?.version === version) return known.content;
    const content = await read();
    this.#known.set(key, { version, content });
    return content;
  }
}

/** A file is always replaced as a whole, so that its inode changes even if its time does not. */
async function versionOf(file: string): Promise<string> {
  const { ino, size, mtimeMs } = await stat(file).catch(() => ({ ino: 0, size: 0, mtimeMs: 0 }));
  return `${ino} ${size} ${mtimeMs}`;
}
