/**
 * A module that is loaded before a program (`--require`). It counts the tensors that threads scan, and prints the count to stderr when the program
 * ends. PATCHED_WORKERS lets threads fail: with `start N`, thread N and later ones cannot start; with `end N`, the thread that has scanned tensor N
 * is terminated.
 */
import workers, { getEnvironmentData, isMainThread, parentPort, setEnvironmentData, Worker } from 'node:worker_threads';

const ANSWERS = 'number of answers of all threads';
/** A thread that does not answer in this time (ms) does not work. */
const LONGEST_START = 20_000;
const [failure, limit] = (process.env['PATCHED_WORKERS'] ?? '').split(' ');
const shared = isMainThread ? new SharedArrayBuffer(4) : (getEnvironmentData(ANSWERS) as SharedArrayBuffer);
const answers = new Int32Array(shared);
let [started, scanned] = [0, 0];

class PatchedWorker extends Worker {
  constructor(...args: ConstructorParameters<typeof Worker>) {
    if (failure === 'start' && started + 1 >= Number(limit)) throw new Error('no more threads can start');
    super(...args);
    started++;
    this.on('message', (answer: object) => {
      if (!('scanned' in answer)) return;
      scanned++;
      if (failure === 'end' && scanned === Number(limit)) void this.terminate();
    });
  }

  /** Sends a message, and waits for the first answer of any thread, so that a thread surely takes part. */
  override postMessage(message: unknown): void {
    super.postMessage(message);
    Atomics.wait(answers, 0, 0, LONGEST_START);
  }
}

if (isMainThread) {
  setEnvironmentData(ANSWERS, shared);
  Object.assign(workers, { Worker: PatchedWorker });
  process.on('exit', () => process.stderr.write(`${started} threads have scanned ${scanned} tensors\n`));
} else if (parentPort) {
  const port = parentPort;
  const post = port.postMessage.bind(port);
  const postMessage = (message: unknown) => {
    post(message);
    Atomics.add(answers, 0, 1);
    Atomics.notify(answers, 0);
  };
  Object.assign(port, { postMessage });
}
