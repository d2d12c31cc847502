/** Opens the files that contain the tensors of a model. Their names must stay in the folder of the model, or below it. */
import path from 'node:path';
import { UserError } from '../errors';
import { quote } from '../json/strict';
import { openFile, type RangedFile } from './file';

/**
 * Returns the path of a file that a model names. Returns undefined if the name leaves the folder of the model, because a model may come from
 * an untrusted source. Symbolic links in the folder are followed: the user or a tool made them, such as the cache of Hugging Face, where each
 * file is a link to a blob in another folder.
 */
export function pathInFolder(model: string, location: string): string | undefined {
  const leaves = location === '' || /[\\:\0]|^\//.test(location) || location.split('/').includes('..');
  return leaves ? undefined : path.join(path.dirname(model), location);
}

export class ExternalFiles {
  readonly #open = new Map<string, RangedFile>();

  constructor(private readonly model: string) {}

  /** Opens a file by its `location` in the model. Throws UserError if the file is missing or outside the folder of the model. */
  async at(location: string): Promise<RangedFile> {
    const open = this.#open.get(location);
    if (open) return open;
    const name = pathInFolder(this.model, location);
    if (name === undefined)
      throw this.#refused(`the model names ${quote(location)}, which is not in the folder of the model`);
    const file = await this.#openFile(name);
    this.#open.set(location, file);
    return file;
  }

  /** Number of bytes of the open files. */
  get size(): number {
    return [...this.#open.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** The versions of the open files (`RangedFile.version`). */
  get versions(): string[] {
    return Array.from(this.#open.values(), ({ version }) => version);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((file) => file.close()));
  }

  async #openFile(name: string): Promise<RangedFile> {
    try {
      return await openFile(name);
    } catch (error) {
      throw error instanceof UserError ? this.#refused(error.message.replace(/\.$/, '')) : error;
    }
  }

  #refused(reason: string): UserError {
    return new UserError(`${this.model} cannot be opened: ${reason}.`);
  }
}
