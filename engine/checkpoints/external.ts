/** Opens the files that contain the tensors of a model. They must be in the folder of the model, or below it. */
import { realpath } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors';
import { quote } from '../json/strict';
import { asReadError, openFile, type RangedFile } from './file';

export class ExternalFiles {
  readonly #open = new Map<string, RangedFile>();

  constructor(private readonly model: string) {}

  /** Opens a file by its `location` in the model. Throws UserError if the file is missing or outside the folder of the model. */
  async at(location: string): Promise<RangedFile> {
    const open = this.#open.get(location);
    if (open) return open;
    // A model may come from an untrusted source, so it may only name files in its own folder.
    if (location === '' || /[\\:\0]|^\//.test(location) || location.split('/').includes('..'))
      throw this.#refused(`the model names ${quote(location)}, which is not in the folder of the model`);
    const name = path.join(path.dirname(this.model), location);
    await this.#checkLinks(name, location);
    const file = await openFile(name);
    this.#open.set(location, file);
    return file;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((file) => file.close()));
  }

  async #checkLinks(name: string, location: string): Promise<void> {
    let real: string;
    let folder: string;
    try {
      [real, folder] = await Promise.all([realpath(name), realpath(path.dirname(this.model))]);
    } catch (error) {
      const missing = asReadError(error, name);
      throw missing instanceof UserError ? this.#refused(missing.message.replace(/\.$/, '')) : missing;
    }
    const relative = path.relative(folder, real);
    if (relative.split(path.sep)[0] === '..' || path.isAbsolute(relative))
      throw this.#refused(
        `${quote(location)} is a link to a file outside the folder of the model. Copy the file into the folder`,
      );
  }

  #refused(reason: string): UserError {
    return new UserError(`${this.model} cannot be opened: ${reason}.`);
  }
}
