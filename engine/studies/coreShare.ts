/**
 * Shares the processors of this machine among the studies that a user executes at the same time. Each has a file in a folder of the user
 * that says how many threads its runs have. The files of processes that have ended are removed. No process watches over the others.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { executorsFolder } from '../home';
import { isObject } from '../json/strict';
import { isLocal, livenessOf, processIn, thisProcess } from '../processes';

/** What a study uses now, and whether it waits for a processor. */
interface Use {
  threads: number;
  isHungry: boolean;
}

export class CoreShare {
  readonly #file: string;
  readonly #own = thisProcess();
  #use: Use = { threads: 0, isHungry: false };

  /** @param cores number of processors that the studies may use together */
  constructor(
    private readonly cores: number,
    private readonly folder = executorsFolder(),
  ) {
    this.#file = path.join(folder, `${process.pid}-${randomUUID()}.json`);
    this.#write();
  }

  /**
   * Whether a run with this many threads may start beside `used` threads of this study. A study always may have one run, so that it never
   * waits for a process that hangs. Otherwise there must be free processors, and no other study waits with fewer threads.
   */
  mayStart(threads: number, used: number): boolean {
    let may = used === 0 || this.#hasRoomFor(threads, used);
    if (may && used > 0) {
      // If another study asks at the same time, each sees what the other one has written, and at least one of them waits.
      this.set({ threads: used + threads, isHungry: this.#use.isHungry });
      may = this.#hasRoomFor(threads, used);
    }
    this.set({ threads: may ? used + threads : used, isHungry: !may });
    return may;
  }

  #hasRoomFor(threads: number, used: number): boolean {
    const others = this.#others();
    const all = others.reduce((sum, one) => sum + one.threads, used);
    const isTurnOfOther = others.some((one) => one.isHungry && one.threads < used);
    return all + threads <= this.cores && !isTurnOfOther;
  }

  /** Says what this study uses now. */
  set(use: Use): void {
    if (use.threads === this.#use.threads && use.isHungry === this.#use.isHungry) return;
    this.#use = use;
    this.#write();
  }

  dispose(): void {
    quietly(() => {
      rmSync(this.#file, { force: true });
    });
  }

  #write(): void {
    quietly(() => {
      mkdirSync(this.folder, { recursive: true });
      writeFileSync(`${this.#file}.tmp`, JSON.stringify({ ...this.#own, ...this.#use }));
      renameSync(`${this.#file}.tmp`, this.#file);
    });
  }

  /** Returns what the other studies on this machine use. */
  #others(): Use[] {
    const names = quietly(() => readdirSync(this.folder)) ?? [];
    return names.flatMap((name) => {
      const file = path.join(this.folder, name);
      return file === this.#file || !name.endsWith('.json') ? [] : (useIn(file) ?? []);
    });
  }
}

/** Returns what the file of another study says. Removes the file of a process that has ended. */
function useIn(file: string): Use | undefined {
  return quietly(() => {
    const parsed: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const holder = isObject(parsed) ? processIn(parsed) : undefined;
    if (!isObject(parsed) || !holder || !isLocal(holder)) return undefined;
    if (livenessOf(holder) === 'ended') rmSync(file, { force: true });
    else return { threads: Number(parsed['threads']) || 0, isHungry: parsed['isHungry'] === true };
    return undefined;
  });
}

/** Sharing is a courtesy: where the folder cannot be used, a study is executed as if it were alone. */
function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
