/** A cache of the SHA-256 of files. Each version of a file is hashed once. */
import { statIfPossible } from '../files';
import { sha256Of } from '../checkpoints/write';

interface Known {
  version: string;
  sha256: string;
}

export class FileHashes {
  readonly #known = new Map<string, Known>();
  readonly #missing = new Set<string>();

  /** Returns the SHA-256 in hexadecimal; empty if the file cannot be read. If it is not computed yet, returns undefined and notes the file. */
  readonly get = (file: string): string | undefined => {
    const version = versionOf(file);
    if (version === undefined) return '';
    const known = this.#known.get(file);
    if (known?.version === version) return known.sha256;
    this.#missing.add(file);
    return undefined;
  };

  /** Computes the hashes of the noted files. Returns false if there are none. */
  async fill(): Promise<boolean> {
    const files = [...this.#missing];
    this.#missing.clear();
    for (const file of files) {
      const version = versionOf(file);
      if (version !== undefined) this.#known.set(file, { version, sha256: await sha256Of(file).catch(() => '') });
    }
    return files.length > 0;
  }
}

/** Returns a text that differs for each version of a file; undefined if there is no such file, or if it cannot be looked at. */
function versionOf(file: string): string | undefined {
  const stats = statIfPossible(file);
  return stats?.isFile() ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : undefined;
}
