/** Scans the tensors of a large checkpoint in threads. The results do not depend on them, because each tensor is scanned by one thread. */
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { threadLimit } from '../threads';
import { heldFile } from '../checkpoints/heldFiles';
import { choiceOf } from '../checkpoints/open';
import type { CheckpointReader } from '../checkpoints/reader';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import type { FromScanThread, ToScanThread } from './scanThread';
import type { PackedScan } from './scan';
import { bytesOf, type Target } from './targets';
import { Turns } from './turns';

/** With more threads, reading takes all of the time. */
const MOST_THREADS = 4;
/** Number of bytes from which threads are used. A thread needs about 30 ms to start, in which this many bytes are scanned without it. */
const WORTHWHILE = 2 ** 26;
/** Time after which unused threads end. */
const IDLE_MS = 5000;

/** A scan that a thread takes part in. */
interface Task {
  receive: (answer: FromScanThread) => void;
  resolve: () => void;
  reject: (error: unknown) => void;
}

class ScanThread {
  readonly #worker = new Worker(path.join(__dirname, 'scanThread.js'));
  #task: Task | undefined;
  #ending: NodeJS.Timeout | undefined;
  hasEnded = false;
  /** Whether it has scanned before, so that it begins at once. */
  isWarm = false;

  constructor() {
    this.#worker.on('message', (answer: FromScanThread) => {
      this.#receive(answer);
    });
    const end = () => {
      this.#end(new Error('a thread has ended'));
    };
    this.#worker.on('error', end);
    this.#worker.on('exit', end);
    this.#worker.on('messageerror', () => {
      this.#terminate(new Error('an answer was lost'));
    });
  }

  /** Lets the thread take part in a scan until no turn is left. Passes its answers to `receive`. Rejects if the thread ends, or if `receive` throws. */
  async scan(request: ToScanThread, receive: Task['receive']): Promise<void> {
    if (this.hasEnded) throw new Error('a thread has ended');
    await new Promise<void>((resolve, reject) => {
      this.#worker.postMessage(request); // throws if the request cannot be sent; then no answer follows
      this.#task = { receive, resolve, reject };
    });
  }

  #receive(answer: FromScanThread): void {
    const task = this.#task;
    try {
      task?.receive(answer);
    } catch (error) {
      this.#terminate(error);
    }
    if (!answer.isLast) return;
    this.isWarm = true;
    this.#task = undefined;
    task?.resolve();
  }

  #end(reason: unknown): void {
    this.hasEnded = true;
    this.#task?.reject(reason);
    this.#task = undefined;
  }

  #terminate(reason: unknown): void {
    this.#end(reason);
    void this.#worker.terminate();
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
  const bytes = targets.reduce((sum, target) => sum + bytesOf(target), 0);
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
 * Scans each target, in `count` threads, the largest first. They open `ref` again, and take part only if they find the files that `reader` has open.
 * New threads take some time to start, and until the first has started, `scanHere` scans. It also scans what threads could not. Returns the results in
 * the order of the targets. Throws what `scanHere` throws.
 */
export async function scanInThreads<Scan>(
  { ref, reader }: { ref: CheckpointRef; reader: CheckpointReader },
  { targets, count }: { targets: readonly Target[]; count: number },
  { scanHere, unpack }: { scanHere: (target: Target) => Promise<Scan>; unpack: (scan: PackedScan) => Scan },
): Promise<Scan[]> {
  const results = new Map<Target, Scan>();
  const sorted = [...targets].sort((a, b) => bytesOf(b) - bytesOf(a));
  const turns = new Turns(sorted.length);
  const texts = sorted.map((target) => JSON.stringify(target));
  const request = { ref, versions: reader.versions?.(), targets: texts, turns: turns.memory };
  const failed: Target[] = [];
  const receive = (answer: FromScanThread) => {
    if (answer.failed !== undefined) failed.push(sorted[answer.failed]!);
    for (const [turn, scan] of answer.scanned) results.set(sorted[turn]!, unpack(scan));
  };
  const threads = takeThreads(count);
  const hasWarmThread = threads.some(({ isWarm }) => isWarm);
  const used = Promise.allSettled(threads.map((thread) => thread.scan(request, receive)));
  try {
    while (!hasWarmThread && !turns.hasStarted) {
      const turn = turns.take();
      if (turn === undefined) break;
      results.set(sorted[turn]!, await scanHere(sorted[turn]!));
    }
    await used;
    // A target that a thread could not scan is first, because it probably cannot be scanned here either. Its error then ends the scan.
    for (const target of [...failed, ...targets]) if (!results.has(target)) results.set(target, await scanHere(target));
  } finally {
    turns.end();
    await used;
    giveBack(threads);
  }
  return targets.map((target) => results.get(target)!);
}
