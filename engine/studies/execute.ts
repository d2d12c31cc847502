/** Executes a study on this machine: starts its runs in order, several at a time. */
import { setTimeout } from 'node:timers/promises';
import { MachineError, UserError } from '../errors';
import { makeFolder } from '../files';
import type { StudyStatus } from '../vocabulary/study';
import { claim, nameOf } from '../claim';
import { expand, type StudyRun } from './expand';
import { makeStudyRun } from './makeRun';
import { folderOf, lockOf } from './place';
import { howItEnded } from '../runs/detached';
import { holderOf } from '../runs/lockFile';
import { asksToStop } from '../signals';
import { CoreShare } from './coreShare';
import { Dropper } from './drop';
import { DiskUse, type Machine, MemoryUse } from './room';
import { moveAside } from './retry';
import { Runners } from './runner';
import { Schedule } from './schedule';
import { hasEnded, readProgress, readState, readStates, type RunState } from './states';
import type { ReadStudy } from './studyFile';

export interface ExecuteOptions {
  /** Number of processors to use. */
  cores: number;
  /** Greatest number of bytes of memory that all runs use together. Default: the free memory of the machine. */
  memory?: number | undefined;
  /** Measures memory and disk. Tests replace it. */
  machine?: Machine;
  /** Executes only the runs for which this is true, and those that they need. */
  isChosen?: ((run: StudyRun) => boolean) | undefined;
  /** Nodes or names of runs that begin anew if they diverged or failed. */
  retry?: readonly string[] | undefined;
  signal?: AbortSignal | undefined;
  /** Receives sentences about what happens beside the runs, such as checkpoints that are dropped. */
  onMessage?: ((sentence: string) => void) | undefined;
  /** Called when a run begins or ends, and when it waits for another process. `message` says why. */
  onChange?: (change: { run: StudyRun; status: StudyStatus; message?: string; ended: number; total: number }) => void;
}

/** How long a run is watched that another process executes, in ms. */
const WATCH_MS = 1_000;
/** How often memory is measured, and how often a study that waits for memory or processors looks again, in ms. */
const LOOK_MS = 500;
const NO_FURTHER = 'No further run is started. Free some space, then run the study again: it continues.';

/**
 * Executes the runs of a study that have not ended, and returns the states of all. A run that failed before is tried once more. Throws
 * UserError if another process executes this study.
 */
export async function executeStudy(study: ReadStudy, options: ExecuteOptions): Promise<RunState[]> {
  const runs = expand(study);
  await makeFolder(folderOf(study));
  const release = await claim(
    lockOf(study),
    (holder) => `${holder} is running this study already. Stop it first, or wait for it`,
  );
  try {
    for (const sentence of await moveAside(study, runs, options.retry ?? [])) options.onMessage?.(sentence);
    const dropper = new Dropper(study, runs);
    await dropper.drop();
    const execution = new Execution(study, { runs: chosen(runs, options.isChosen), options, dropper });
    await execution.finish();
    const text = dropper.text();
    if (text !== undefined) options.onMessage?.(text);
    return (await readStates(study, runs)).map((state) => execution.withFailure(state));
  } finally {
    await release();
  }
}

/** Returns the chosen runs and all runs that they need. */
export function chosen(runs: readonly StudyRun[], isChosen: ExecuteOptions['isChosen']): StudyRun[] {
  if (!isChosen) return [...runs];
  const wanted = new Set(runs.filter(isChosen).map(({ name }) => name));
  for (const run of [...runs].reverse()) if (wanted.has(run.name)) for (const name of run.needs) wanted.add(name);
  return runs.filter(({ name }) => wanted.has(name));
}

class Execution {
  readonly #runners = new Runners();
  readonly #running = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, string>();
  #schedule = new Schedule<StudyRun>([]);
  /** Number of threads of the runs that are executed. */
  #threads = 0;
  readonly #share: CoreShare;
  readonly #memory: MemoryUse;
  readonly #disk: DiskUse;
  /** Whether runs are ready, but memory or the processors have no room for them now. */
  #isWaiting = false;
  #hasWaitedForDisk = false;
  /** Why no further run is started. */
  #problem: MachineError | undefined;

  constructor(
    private readonly study: ReadStudy,
    private readonly given: { runs: readonly StudyRun[]; options: ExecuteOptions; dropper: Dropper },
  ) {
    this.#share = new CoreShare(given.options.cores);
    this.#memory = new MemoryUse(given.options.memory, given.options.machine);
    this.#disk = new DiskUse(study, given.options.machine);
  }

  async finish(): Promise<void> {
    const { runs, options } = this.given;
    this.#schedule = new Schedule(await readProgress(this.study, runs));
    const stop = () => {
      this.#runners.stop();
    };
    options.signal?.addEventListener('abort', stop, { once: true });
    const measuring = setInterval(() => {
      this.#memory.measure();
    }, LOOK_MS);
    try {
      while (this.#startReady() || this.#running.size > 0)
        await Promise.race([...this.#running.values(), ...(this.#isWaiting ? [sleep(LOOK_MS, options.signal)] : [])]);
    } finally {
      clearInterval(measuring);
      options.signal?.removeEventListener('abort', stop);
      this.#runners.stop();
      await Promise.allSettled(this.#running.values());
      this.#share.dispose();
    }
    if (this.#problem) throw this.#problem;
  }

  /** Adds the failure of a run whose directory could not even be made. */
  withFailure(state: RunState): RunState {
    const message = this.#failures.get(state.run.name);
    return message === undefined || hasEnded(state.status) ? state : { ...state, status: 'failed', message };
  }

  /** Starts runs until all processors are used. Returns whether it started any. */
  #startReady(): boolean {
    const { options } = this.given;
    this.#isWaiting = false;
    if (options.signal?.aborted || this.#problem) return false;
    // While there are enough runs, each has one thread. The last runs share the processors.
    const threads = Math.max(1, Math.floor(options.cores / Math.min(options.cores, Math.max(1, this.#schedule.open))));
    let started = false;
    for (let run = this.#schedule.next(); run !== undefined; run = this.#schedule.next()) {
      if (this.#threads + threads > options.cores || !this.#hasRoomFor(run, threads)) break;
      this.#schedule.begin();
      this.#threads += threads;
      this.#memory.reserve(run);
      this.#disk.reserve(run);
      this.#running.set(run.name, this.#finished(run, threads));
      started = true;
    }
    return started;
  }

  /** Executes a run, and then frees what it used. */
  async #finished(run: StudyRun, threads: number): Promise<void> {
    try {
      await this.#execute(run, threads);
    } finally {
      this.#running.delete(run.name);
      this.#schedule.finish();
      this.#memory.ended(run);
      this.#disk.ended(run);
      this.#threads -= threads;
      this.#share.set({ threads: this.#threads, isHungry: false });
    }
  }

  /** Whether memory, disk and the other studies of this machine have room for a run now. */
  #hasRoomFor(run: StudyRun, threads: number): boolean {
    const problem = this.#disk.problemFor(run);
    if (problem !== undefined) {
      if (this.#running.size === 0) this.#problem = new MachineError(`${problem} ${NO_FURTHER}`);
      else this.#waitForDisk(problem);
      return false;
    }
    this.#isWaiting = !this.#memory.hasRoomFor(run) || !this.#share.mayStart(threads, this.#threads);
    return !this.#isWaiting;
  }

  /** Starts no further run if the disk is full, because all would end in the same way. */
  #stopIfFull(run: StudyRun, code: string | undefined): void {
    const problem = this.#disk.fullText(run, code);
    if (problem !== undefined) this.#problem = new MachineError(`${problem} ${NO_FURTHER}`);
  }

  /** Runs that end may free some space: checkpoints that nothing reads any more are dropped. */
  #waitForDisk(problem: string): void {
    this.#isWaiting = true;
    if (!this.#hasWaitedForDisk) this.given.options.onMessage?.(`${problem} No further run is started until one has ended.`); // prettier-ignore
    this.#hasWaitedForDisk = true;
  }

  async #execute(run: StudyRun, threads: number): Promise<void> {
    try {
      const directory = await makeStudyRun(this.study, run);
      await this.#untilFree(run);
      if (this.given.options.signal?.aborted) return;
      this.#report(run, 'running');
      const { code, signal, output, errorCode } = await this.#runners.execute(directory, threads, (pid) => {
        this.#memory.began(run, pid);
      });
      this.#stopIfFull(run, errorCode);
      const { status, message } = await readState(this.study, run);
      const isFailure = !hasEnded(status) && status !== 'stopped';
      const reason = (message ?? output.trim()) || `Its process ended with ${howItEnded(code, signal)}.`;
      if (status === 'waiting') {
        // It ended before it wrote anything. If that was a stop, it had not yet begun to listen to signals.
        if (!asksToStop(signal)) throw new UserError(reason);
        this.#report(run, 'queued');
        return;
      }
      if (status === 'done') await this.given.dropper.drop(run);
      this.#report(run, status, isFailure ? reason : undefined);
    } catch (error) {
      if (!(error instanceof UserError || error instanceof MachineError)) throw error;
      if (error instanceof MachineError) this.#stopIfFull(run, error.code);
      this.#failures.set(run.name, error.message);
      this.#report(run, 'failed', error.message);
    }
  }

  /** Waits while another process executes the run, for example one that was started from a tree or by an earlier execution. */
  async #untilFree(run: StudyRun): Promise<void> {
    const { signal } = this.given.options;
    for (let waited = false; !signal?.aborted; waited = true) {
      const { status, directory } = await readState(this.study, run);
      const holder = holderOf(directory)?.holder;
      if (status !== 'running' || !holder) return;
      if (!waited) this.#report(run, 'waiting', `${nameOf(holder)} executes it. Waiting for it`);
      await sleep(WATCH_MS, signal);
    }
  }

  #report(run: StudyRun, status: StudyStatus, message?: string): void {
    this.#schedule.set(run, status);
    const { runs, options } = this.given;
    options.onChange?.({
      run,
      status,
      ended: this.#schedule.ended,
      total: runs.length,
      ...(message !== undefined && { message }),
    });
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return setTimeout(ms, undefined, { ...(signal && { signal }) }).catch(() => undefined); // aborted
}
