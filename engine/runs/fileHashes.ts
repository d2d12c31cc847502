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

  /** Returns the SHA-256 in hexadecimal. Returns '' if the file cannot be read, and undefined if the hash is not computed yet. */
  readonly get = (file: string): string | undefined => {
    const version = versionOf(file);
    if (version === undefined) return '';
    const known = this.#known.get(file);
    if (known?.version === version) return known.sha256;
    this.#missing.add(file);
    return undefined;
  };

  /** Computes the missing hashes that `get` was asked for. Returns false if there are none. */
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

/**
 * Returns a text that differs for each version of a file. Returns undefined if the file does not exist or its attributes cannot be read.
 */
function versionOf(file: string): string | undefined {
  const stats = statIfPossible(file);
  return stats?.isFile() ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : undefined;
}
