/**
 * A module that is loaded before a program (`--require`). It counts the tensors that threads scan, and prints the count to stderr when the program
 * ends. PATCHED_WORKERS lets threads fail: with `start N`, thread N and later ones cannot start; with `end N`, the thread that has scanned tensor N
 * is terminated before its answer arrives.
 */
import workers, { isMainThread, Worker } from 'node:worker_threads';
import type { FromScanThread, ToScanThread } from '../../../engine/inspection/scanThread';
import { Turns } from '../../../engine/inspection/turns';

/** A thread that takes no turn in this time (ms) does not work. */
const LONGEST_START = 20_000;
const [failure, limit] = (process.env['PATCHED_WORKERS'] ?? '').split(' ');
let [started, scanned, hasTerminated] = [0, 0, false];

class PatchedWorker extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    if (failure === 'start' && started + 1 >= Number(limit)) throw new Error('no more threads can start');
    super(...args);
    started++;
  }

  override emit(event: string, ...values: unknown[]): boolean {
    if (event !== 'message') return super.emit(event, ...values);
    scanned += (values[0] as FromScanThread).scanned.length;
    if (failure !== 'end' || hasTerminated || scanned < Number(limit)) return super.emit(event, ...values);
    hasTerminated = true;
    void this.terminate();
    return true;
  }

  /** Sends a request, and waits until any thread takes turns, so that a thread surely takes part. */
  override postMessage(request: ToScanThread): void {
    super.postMessage(request);
    const turns = new Turns(request.targets.length, request.turns);
    const nobody = new Int32Array(new SharedArrayBuffer(4));
    for (let ms = 0; ms < LONGEST_START && !turns.hasStarted; ms++) Atomics.wait(nobody, 0, 0, 1);
  }
}

if (isMainThread) {
  Object.assign(workers, { Worker: PatchedWorker });
  process.on('exit', () => process.stderr.write(`${started} threads have scanned ${scanned} tensors\n`));
}
