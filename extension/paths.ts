/** Compares paths as the file system of this machine does. */
import { isWithin as isWithinOf, pathKey as pathKeyOf } from '../engine/vocabulary/filePaths';

const WINDOWS = process.platform === 'win32';

/** Returns the same text for every spelling of a path: on Windows, `c:\\x` and `C:\\x` are one file. */
export function pathKey(file: string): string {
  return pathKeyOf(file, WINDOWS);
}

/** Returns whether `file` is `folder` or is inside `folder`. */
export function isWithin(folder: string, file: string): boolean {
  return isWithinOf(folder, file, WINDOWS);
}

/** A map whose keys are paths. `keys` returns the spelling with which a key was first set. */
export class PathMap<V> {
  readonly #entries = new Map<string, { path: string; value: V }>();

  /** `windows`: whether to compare as on Windows. Only tests pass it. */
  constructor(private readonly windows = WINDOWS) {}

  get(file: string): V | undefined {
    return this.#entries.get(this.#key(file))?.value;
  }

  has(file: string): boolean {
    return this.#entries.has(this.#key(file));
  }

  set(file: string, value: V): void {
    const key = this.#key(file);
    this.#entries.set(key, { path: this.#entries.get(key)?.path ?? file, value });
  }

  delete(file: string): void {
    this.#entries.delete(this.#key(file));
  }

  keys(): string[] {
    return [...this.#entries.values()].map((entry) => entry.path);
  }

  values(): V[] {
    return [...this.#entries.values()].map(({ value }) => value);
  }

  #key(file: string): string {
    return pathKeyOf(file, this.windows);
  }
}
