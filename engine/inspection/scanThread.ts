/** A thread that scans tensors for `ScanThreads`. It opens the checkpoint itself, and waits for its own reads. */
import { parentPort } from 'node:worker_threads';
import { waitForReads } from '../checkpoints/file';
import { withCheckpoint } from '../checkpoints/open';
import { tensorOf, type CheckpointReader } from '../checkpoints/reader';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import { readNothingAhead } from './chunks';
import { packed, scanTargets, type PackedScan, type Target } from './scan';

/** A request to the thread. It answers each with one `FromScanThread`, in order. */
export type ToScanThread =
  { open: CheckpointRef; versions: readonly string[] | undefined } | { scan: Target } | { close: true };

/** `failed`: the thread could not do it. Whoever asked scans the tensor itself, and reports what is wrong. */
export type FromScanThread = { scanned: PackedScan } | { done: true } | { failed: true };

interface Opened {
  reader: CheckpointReader;
  close: () => void;
}

let opened: Opened | undefined;

function open(ref: CheckpointRef): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const untilClosed = (reader: CheckpointReader) => new Promise<void>((close) => resolve({ reader, close })); // eslint-disable-line @typescript-eslint/no-confusing-void-expression
    withCheckpoint(ref, untilClosed).catch(reject);
  });
}

/** Whether two readers have opened the same files. */
function areSame(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a !== undefined && a.join('\n') === b?.join('\n');
}

async function answer(request: ToScanThread): Promise<FromScanThread> {
  if ('open' in request) {
    opened = await open(request.open);
    return areSame(opened.reader.versions?.(), request.versions) ? { done: true } : { failed: true };
  }
  if ('close' in request) {
    opened?.close();
    opened = undefined;
    return { done: true };
  }
  const { tensor } = request.scan;
  const stored = opened && tensorOf(opened.reader, tensor.name);
  if (!opened || stored?.dtype !== tensor.dtype || String(stored.shape) !== String(tensor.shape))
    return { failed: true };
  return { scanned: packed(await scanTargets(opened.reader, [request.scan]), opened.reader) };
}

waitForReads();
readNothingAhead();
let last = Promise.resolve();
parentPort!.on('message', (request: ToScanThread) => {
  const reply = () => answer(request).catch((): FromScanThread => ({ failed: true }));
  last = last.then(reply).then((message) => {
    parentPort!.postMessage(message);
  });
});
