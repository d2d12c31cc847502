/** Scans the tensors of a large checkpoint in threads. The results do not depend on them, because each tensor is scanned by one thread. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { threadLimit } from '../threads';
import { heldFile } from '../checkpoints/heldFiles';
import { choiceOf } from '../checkpoints/open';
import type { CheckpointReader } from '../checkpoints/reader';
import { sizeOfDtype } from '../checkpoints/dtypes';
import { sizeOf } from '../tensors';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { FromScanThread, ToScanThread } from './scanThread';
import type { PackedScan, Target } from './scan';

/** With more threads, reading takes all of the time. */
const MOST_THREADS = 4;
/** Number of bytes from which threads are used. A thread needs about 30 ms to start, in which this many bytes are scanned without it. */
const WORTHWHILE = 2 ** 26;
/** Number of tensors that a thread has at once, so that it does not wait for the next one. */
const AHEAD = 2;
/** Time after which unused threads end. */
const IDLE_MS = 5000;

class ScanThread {
  readonly #worker = new Worker(path.join(__dirname, 'scanThread.js'));
  readonly #waiting: { resolve: (answer: FromScanThread) => void; reject: (error: Error) => void }[] = [];
  #ending: NodeJS.Timeout | undefined;
  hasEnded = false;

  constructor() {
    this.#worker.on('message', (answer: FromScanThread) => this.#waiting.shift()?.resolve(answer));
    const end = () => {
      this.hasEnded = true;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('a thread has ended'));
    };
    this.#worker.on('error', end);
    this.#worker.on('exit', end);
    this.#worker.on('messageerror', () => {
      end(); // an answer was lost, so later ones would belong to other requests
      void this.#worker.terminate();
    });
  }

  /** Throws an `Error` if the thread has ended. */
  async ask(request: ToScanThread): Promise<FromScanThread> {
    if (this.hasEnded) throw new Error('a thread has ended');
    return new Promise<FromScanThread>((resolve, reject) => {
      this.#worker.postMessage(request); // throws if the request cannot be sent; then no answer follows
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Keeps the process alive until `rest`. */
  wake(): void {
    clearTimeout(this.#ending);
    this.#worker.ref();
  }

  /** Lets the process end, and ends the thread if nobody wakes it. */
  rest(): void {
    this.#worker.unref();
    this.#ending = setTimeout(() => {
      const at = idle.indexOf(this);
      if (at !== -1) idle.splice(at, 1);
      void this.#worker.terminate();
    }, IDLE_MS).unref();
  }
}

const idle: ScanThread[] = [];
let busy = 0;

/** Takes up to `most` threads that nobody else uses; fewer, or none, if the system or the permissions of the process allow no more. */
function takeThreads(most: number): ScanThread[] {
  const threads: ScanThread[] = [];
  while (threads.length < most && busy + threads.length < MOST_THREADS) {
    const thread = idle.pop() ?? startThread();
    if (!thread) break;
    if (thread.hasEnded) continue;
    thread.wake();
    threads.push(thread);
  }
  busy += threads.length;
  return threads;
}

function startThread(): ScanThread | undefined {
  try {
    return new ScanThread();
  } catch {
    return undefined;
  }
}

function giveBack(threads: readonly ScanThread[]): void {
  busy -= threads.length;
  for (const thread of threads) {
    if (thread.hasEnded) continue;
    idle.push(thread);
    thread.rest();
  }
}

/** Returns the number of threads for a checkpoint; 0 if they are not worthwhile. */
export function threadsFor(reader: CheckpointReader, ref: CheckpointRef, targets: readonly Target[]): number {
  const bytes = targets.reduce((sum, { tensor }) => sum + sizeOfDtype(tensor.dtype) * sizeOf(tensor.shape), 0);
  if (bytes < WORTHWHILE || targets.length < 2 || mustSeeAll(reader) || !reader.versions) return 0;
  if (heldFile(choiceOf(ref).file)) return 0;
  const { threads } = threadLimit();
  return threads < 2 ? 0 : Math.min(threads, MOST_THREADS);
}

/** Whether a reader checks bytes that other readers of the file cannot check for it. */
function mustSeeAll({ isCorrupt, checksums }: CheckpointReader): boolean {
  return isCorrupt !== undefined && checksums === undefined;
}

/**
 * Scans each target, in `count` threads. They open `ref` again, and take part only if they find the files that `reader` has open. Until the first
 * thread has started, and if threads cannot start or fail, `scanHere` scans. Returns the results in the order of the targets. Throws what `scanHere`
 * throws.
 */
export async function scanInThreads<Scan>(
  { ref, reader }: { ref: CheckpointRef; reader: CheckpointReader },
  { targets, count }: { targets: readonly Target[]; count: number },
  { scanHere, unpack }: { scanHere: (target: Target) => Promise<Scan>; unpack: (scan: PackedScan) => Scan },
): Promise<Scan[]> {
  const results = new Map<number, Scan>();
  const left = [...targets.keys()];
  const state: { isStarted: boolean; failed?: number } = { isStarted: false };
  const threads = takeThreads(count);
  const scanOn = async (thread: ScanThread) => {
    for (let i = left.shift(); i !== undefined; i = left.shift()) {
      const answer = await thread.ask({ scan: targets[i]! });
      if ('scanned' in answer) results.set(i, unpack(answer.scanned));
      else {
        state.failed = i;
        left.length = 0;
      }
    }
  };
  const use = async (thread: ScanThread) => {
    const answer = await thread.ask({ open: ref, versions: reader.versions?.() });
    if ('failed' in answer) return;
    state.isStarted = true;
    await Promise.all(Array.from({ length: AHEAD }, () => scanOn(thread)));
  };
  const used = Promise.allSettled(threads.map(use));
  try {
    while (!state.isStarted && left.length > 0) {
      const i = left.shift()!;
      results.set(i, await scanHere(targets[i]!));
    }
    await used;
    // A target that a thread could not scan is first, because it probably cannot be scanned here either. Its error then ends the scan.
    const first = state.failed === undefined ? [] : [state.failed];
    for (const i of [...first, ...targets.keys()]) if (!results.has(i)) results.set(i, await scanHere(targets[i]!));
  } finally {
    left.length = 0;
    await used;
    await Promise.allSettled(threads.map((thread) => thread.ask({ close: true })));
    giveBack(threads);
  }
  return targets.map((_, i) => results.get(i)!);
}
