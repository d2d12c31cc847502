/** Looks whether memory and disk have room for one more run. */
import { readFileSync, statfsSync, statSync } from 'node:fs';
import { freemem } from 'node:os';
import path from 'node:path';
import { bytesText } from '../vocabulary/numbers';
import { INITIALIZATION } from '../runs/paths';
import { statIfPossible } from '../files';
import type { StudyRun } from './expand';
import { workloadOf } from './work';
import { filesOf } from './keep';
import { directoryOf, folderOf } from './place';
import type { ReadStudy } from './studyFile';

/** Memory of a run until one of the same network was measured, in bytes. */
const GUESS = 500e6;
/** Room on the disk that is left free, in bytes, because logs and temporary files need some, too. */
const RESERVE = 64e6;

/** What full disks are called, by the codes of the system's errors. */
const FULL: Readonly<Record<string, string | undefined>> = {
  ENOSPC: 'this file system is full',
  EDQUOT: 'your quota of this file system is used up',
};

/** Measures memory and disk. Tests replace it. */
export interface Machine {
  /** Free memory in bytes. */
  memory(): number;
  /** Memory that a process uses now, and the most that it has used, in bytes; undefined if it is unknown. */
  usedBy(pid: number): { now: number; peak: number } | undefined;
  /** Free bytes for this user in the file system of a folder. */
  disk(folder: string): number;
}

export const MACHINE: Machine = {
  memory: () => Math.min(available(), process.constrainedMemory() > 0 ? unusedByGroup() : Infinity),
  usedBy: (pid) => {
    const text = readIfThere(`/proc/${pid}/status`) ?? '';
    const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) * 1024;
    const [now, peak] = [bytes('VmRSS'), bytes('VmHWM')];
    return now > 0 && peak > 0 ? { now, peak } : undefined;
  },
  disk: (folder) => {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
};

function available(): number {
  const found = /^MemAvailable:\s+(\d+) kB/m.exec(readIfThere('/proc/meminfo') ?? '');
  return found ? 1024 * Number(found[1]) : freemem();
}

/** Returns the memory that the control group of this process still allows. */
function unusedByGroup(): number {
  const used = Number(readIfThere('/sys/fs/cgroup/memory.current') ?? NaN);
  return Number.isFinite(used) ? process.constrainedMemory() - used : Infinity;
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The memory of runs, by what decides it: the network, the data, the batches and the kind of the run. */
export class MemoryUse {
  readonly #peaks = new Map<string, number>();
  /** The process of each run that has room; undefined until it begins. */
  readonly #running = new Map<StudyRun, number | undefined>();

  /** @param limit bytes that all runs may use together; undefined for the free memory of the machine */
  constructor(
    private readonly limit: number | undefined,
    private readonly machine: Machine = MACHINE,
  ) {}

  /** Whether there is memory for one more run. There always is for the only one. */
  hasRoomFor(run: StudyRun): boolean {
    const running = [...this.#running];
    if (running.length === 0) return true;
    const used = running.reduce((sum, [, pid]) => sum + (this.#usedBy(pid)?.now ?? 0), 0);
    const limit = Math.min(this.limit ?? Infinity, this.machine.memory() + used);
    return running.reduce((sum, [one]) => sum + this.#of(one), this.#of(run)) <= limit;
  }

  /** Keeps room for a run, which starts its process later. */
  reserve(run: StudyRun): void {
    this.#running.set(run, undefined);
  }

  began(run: StudyRun, pid: number): void {
    this.#running.set(run, pid);
  }

  ended(run: StudyRun): void {
    this.#running.delete(run);
  }

  /** Measures the runs that are running. */
  measure(): void {
    for (const [run, pid] of this.#running) {
      const peak = this.#usedBy(pid)?.peak;
      if (peak !== undefined) this.#peaks.set(workloadOf(run), Math.max(peak, this.#peaks.get(workloadOf(run)) ?? 0));
    }
  }

  #usedBy(pid: number | undefined): ReturnType<Machine['usedBy']> {
    return pid === undefined ? undefined : this.machine.usedBy(pid);
  }

  #of(run: StudyRun): number {
    return this.#peaks.get(workloadOf(run)) ?? GUESS;
  }
}

/** The room of runs on the disk, by the size of the checkpoints of their network that exist already. */
export class DiskUse {
  readonly #checkpoints = new Map<string, number>();
  /** The runs that will still write. */
  readonly #running = new Set<StudyRun>();

  constructor(
    private readonly study: Pick<ReadStudy, 'file' | 'name'>,
    private readonly machine: Machine = MACHINE,
  ) {}

  /** Keeps room for what a run will write until it ends. */
  reserve(run: StudyRun): void {
    this.#running.add(run);
  }

  ended(run: StudyRun): void {
    this.#running.delete(run);
  }

  /** Returns why the file system of the study has no room for one more run beside those that are running; undefined if it has. */
  problemFor(run: StudyRun): string | undefined {
    const folder = folderOf(this.study);
    const free = this.machine.disk(folder);
    const others = [...this.#running].map((one) => Math.max(0, this.#bytesOf(one) - this.#writtenBy(one)));
    const own = this.#bytesOf(run) - this.#writtenBy(run); // after the others, which may have the first checkpoint of the network
    const needed = others.reduce((sum, bytes) => sum + bytes, RESERVE + Math.max(0, own));
    if (free >= needed) return undefined;
    const needs = others.length === 0 ? 'the next run needs' : 'the runs that are running and the next one still need';
    return `${mountOf(folder)}: this file system has only ${bytesText(free)} free, and ${needs} about ${bytesText(needed)}.`;
  }

  /** Returns why a run could not be written, by the code of the system's error; undefined if the disk is not the reason. */
  fullText({ name }: StudyRun, code: string | undefined): string | undefined {
    const reason = code === undefined ? undefined : FULL[code];
    return reason && `${mountOf(folderOf(this.study))}: ${reason}, so ${name} could not be written.`;
  }

  /** Returns the bytes of the checkpoints and of the saved state that a run has written already. */
  #writtenBy(run: StudyRun): number {
    const directory = directoryOf(this.study, run.name);
    const files = filesOf(run).map((file) => statIfPossible(path.join(directory, file))?.size ?? 0);
    return files.reduce((sum, size) => sum + size, 0);
  }

  /** Returns the bytes of the checkpoints and of the saved state of a run; 0 until a checkpoint of its network is there. */
  #bytesOf(run: StudyRun): number {
    const { kind, options, sources } = run;
    if (kind === 'connectivity') return 0;
    const key = JSON.stringify([options.model, options.dataset]);
    const places = [...sources, { run: run.name, checkpoint: INITIALIZATION }];
    const files = places.map((one) => path.join(directoryOf(this.study, one.run), one.checkpoint));
    const known = files.map((file) => statIfPossible(file)?.size ?? 0).find((size) => size > 0);
    const size = known ?? this.#checkpoints.get(key) ?? 0;
    this.#checkpoints.set(key, size);
    const checkpoints = filesOf(run).length - 1; // all but the saved state
    return size * (checkpoints + (options.optimizer === 'adam' ? 3 : 2));
  }
}

/** Returns the folder at which the file system of a folder is mounted. */
function mountOf(folder: string): string {
  const above = path.dirname(folder);
  return above === folder || statSync(above).dev !== statSync(folder).dev ? folder : mountOf(above);
}
