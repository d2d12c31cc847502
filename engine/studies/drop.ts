/** Deletes the checkpoints and saved states of a study that its rule `keep` drops. */
import { lstatSync, realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { readDropped, type Dropped } from '../checkpoints/dropped';
import { asMachineError, MachineError, UserError } from '../errors';
import { writeAtomically } from '../files';
import { holderOf } from '../runs/lockFile';
import { paths } from '../runs/paths';
import { bytesText } from '../vocabulary/numbers';
import type { StudyRun } from './expand';
import { droppableFiles, type DroppableFile } from './keep';
import { directoryOf, folderOf } from './place';
import { readState } from './states';
import type { ReadStudy } from './studyFile';

/** Deletes one file. Tests replace it. */
export type Remove = (file: string) => Promise<void>;

const remove: Remove = (file) => rm(file, { force: true });

/** Drops checkpoints of a study. Only the process that has the lock of the study may use it. */
export class Dropper {
  readonly #files: Map<string, DroppableFile[]>;
  readonly #runs: Map<string, StudyRun>;
  /** Runs that were done when they were read last. Before anything is deleted, they are read again. */
  readonly #done = new Set<string>();
  #dropping: Promise<void> = Promise.resolve();
  #count = 0;
  #bytes = 0;
  #problem: string | undefined;

  /** @param runs all runs of the study, also those that are not executed now */
  constructor(
    private readonly study: ReadStudy,
    runs: readonly StudyRun[],
    private readonly removeFile = remove,
  ) {
    this.#files = droppableFiles(study.study.keep ?? 'all', runs);
    this.#runs = new Map(runs.map((run) => [run.name, run]));
  }

  /** Returns sentences for the user about what was dropped, and what could not be; undefined if there is nothing to say. */
  text(): string | undefined {
    const files = this.#count === 1 ? '1 file' : `${this.#count} files`;
    const rule = `"keep": "${this.study.study.keep ?? 'all'}"`;
    const dropped = `Dropped ${files} with checkpoints or saved states (${bytesText(this.#bytes)}) that no run needs any more (${rule}).`;
    const sentences = [...(this.#count > 0 ? [dropped] : []), ...(this.#problem === undefined ? [] : [this.#problem])];
    return sentences.length > 0 ? sentences.join(' ') : undefined;
  }

  /**
   * Drops the checkpoints that nothing needs since a run is done: its own, and those that it read. Without a run, looks at all runs, because
   * an earlier process may have been killed. If a file cannot be deleted, `text` says so: the results do not depend on it.
   */
  drop(run?: StudyRun): Promise<void> {
    return (this.#dropping = this.#dropping.then(() => this.#drop(run)));
  }

  async #drop(run: StudyRun | undefined): Promise<void> {
    if (this.#files.size === 0) return;
    try {
      for (const name of run ? [run.name, ...run.needs] : this.#files.keys()) await this.#dropOf(name);
    } catch (error) {
      if (!(error instanceof MachineError || error instanceof UserError)) throw error;
      this.#problem = error.message;
    }
  }

  async #dropOf(name: string): Promise<void> {
    const directory = directoryOf(this.study, name);
    const there = (this.#files.get(name) ?? []).filter(({ file }) => sizeOf(path.join(directory, file)) !== undefined);
    const free = [];
    if (there.length > 0 && (await this.#isDone(name)))
      for (const one of there) if (this.#isOwn(name, one.file) && (await this.#areDone(one.readers))) free.push(one);
    if (free.length === 0) return;
    this.#done.clear();
    const needed = [name, ...free.flatMap(({ readers }) => readers)];
    if (!(await this.#areDone(needed)) || holderOf(directory)) return;
    const names = free.map(({ file }) => file);
    await this.#mark(directory, names);
    for (const file of names.map((one) => path.join(directory, one))) {
      const bytes = sizeOf(file) ?? 0;
      try {
        await this.removeFile(file);
      } catch (error) {
        throw asMachineError(error, `${file} cannot be deleted`);
      }
      this.#count++;
      this.#bytes += bytes;
    }
  }

  /** Lists the files in the run directory before they are deleted. */
  async #mark(directory: string, names: readonly string[]): Promise<void> {
    const before = readDropped(directory)?.files ?? [];
    const dropped: Dropped = {
      keep: this.study.study.keep ?? 'all',
      study: path.basename(this.study.file),
      files: [...new Set([...before, ...names])],
    };
    await writeAtomically(paths.dropped(directory), JSON.stringify(dropped, undefined, 2) + '\n');
  }

  async #areDone(names: readonly string[]): Promise<boolean> {
    for (const name of new Set(names)) if (!(await this.#isDone(name))) return false;
    return true;
  }

  /** Whether the directory of a run has exactly this run, and it is done. */
  async #isDone(name: string): Promise<boolean> {
    if (this.#done.has(name)) return true;
    const { status } = await readState(this.study, this.#runs.get(name)!);
    if (status === 'done') this.#done.add(name);
    return status === 'done';
  }

  /** Whether a file of a run is really in the folder of the study. A symbolic link may lead to files of others. */
  #isOwn(name: string, file: string): boolean {
    const folder = folderOf(this.study);
    return realpathSync(path.join(folder, name, file)) === path.join(realpathSync(folder), name, file);
  }
}

/** Returns the size of a file; undefined if there is no such file, or something else with this name. */
function sizeOf(file: string): number | undefined {
  const found = lstatSync(file, { throwIfNoEntry: false });
  return found?.isFile() ? found.size : undefined;
}
