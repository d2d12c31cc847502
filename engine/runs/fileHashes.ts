/** SHA-256 of files that are asked for again and again: computed once for each version of a file. */
import { statSync } from 'node:fs';
import { sha256Of } from '../checkpoints/write';

interface Known {
  version: string;
  sha256: string;
}

export class FileHashes {
  readonly #known = new Map<string, Known>();
  readonly #missing = new Set<string>();

  /** The SHA-256 in hexadecimal; empty if the file cannot be read; undefined, and noted as missing, if it was not computed yet. */
  readonly get = (file: string): string | undefined => {
    const version = versionOf(file);
    if (version === undefined) return '';
    const known = this.#known.get(file);
    if (known?.version === version) return known.sha256;
    this.#missing.add(file);
    return undefined;
  };

  /** Computes what was asked for and missing. Returns false if that was nothing. */
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

/** Another text for each version of a file; undefined if there is no such file. */
function versionOf(file: string): string | undefined {
  const stats = statSync(file, { throwIfNoEntry: false });
  return stats?.isFile() ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : undefined;
}
