/** A thread that scans tensors for `scanInThreads`. It opens the checkpoint itself, and waits for its own reads. */
import { parentPort } from 'node:worker_threads';
import { waitForReads } from '../checkpoints/file';
import { withCheckpoint } from '../checkpoints/open';
import { tensorOf, type CheckpointReader } from '../checkpoints/reader';
import type { CheckpointRef } from '../vocabulary/checkpoint';
import { readNothingAhead } from './chunks';
import { packed, scanTargets, type PackedScan } from './scan';
import { bytesOf, type Target } from './targets';
import { Turns } from './turns';

/** A request to the thread: to scan the targets whose turns it takes. The answers are `FromScanThread`. */
export interface ToScanThread {
  ref: CheckpointRef;
  /** The files that must be found (`CheckpointReader.versions`). Otherwise the thread takes no turn. */
  versions: readonly string[] | undefined;
  /** JSON of each `Target`. A thread parses only those that it scans. */
  targets: readonly string[];
  /** Memory of `Turns`. */
  turns: SharedArrayBuffer;
}

/** What was scanned since the last answer, with the turn of each target. */
export interface FromScanThread {
  scanned: (readonly [turn: number, scan: PackedScan])[];
  /** The turn of a target that could not be scanned. Whoever asked scans it, and reports what is wrong. */
  failed?: number | undefined;
  /** Whether this is the last answer. The checkpoint is closed. */
  isLast: boolean;
}

/** Number of bytes that are scanned before an answer, because an answer interrupts other threads. */
const ANSWERED = 2 ** 27;

/** Whether two readers have opened the same files. */
function areSame(a: readonly string[] | undefined, b: readonly string[] | undefined): boolean {
  return a !== undefined && a.join('\n') === b?.join('\n');
}

function post(answer: FromScanThread): void {
  parentPort!.postMessage(answer);
}

async function scanTarget(reader: CheckpointReader, text: string): Promise<{ scan: PackedScan; bytes: number }> {
  const target = JSON.parse(text) as Target;
  const { name, dtype, shape } = target.tensor;
  const stored = tensorOf(reader, name);
  if (stored?.dtype !== dtype || String(stored.shape) !== String(shape)) throw new Error(`${name} is another tensor`);
  return { scan: packed(await scanTargets(reader, [target]), reader), bytes: bytesOf(target) };
}

/** Scans the targets whose turns it can take. */
async function scanTurns(reader: CheckpointReader, { versions, targets, turns: memory }: ToScanThread) {
  let scanned: FromScanThread['scanned'] = [];
  if (!areSame(reader.versions?.(), versions)) return { scanned };
  const turns = new Turns(targets.length, memory);
  turns.markStarted();
  let bytes = 0;
  for (let turn = turns.take(); turn !== undefined; turn = turns.take()) {
    try {
      const found = await scanTarget(reader, targets[turn]!);
      scanned.push([turn, found.scan]);
      bytes += found.bytes;
    } catch {
      turns.end();
      return { scanned, failed: turn };
    }
    if (bytes < ANSWERED) continue;
    post({ scanned, isLast: false });
    [scanned, bytes] = [[], 0];
  }
  return { scanned };
}

async function answer(request: ToScanThread): Promise<void> {
  const nothing: Omit<FromScanThread, 'isLast'> = { scanned: [] };
  const last = await withCheckpoint(request.ref, (reader) => scanTurns(reader, request)).catch(() => nothing);
  post({ ...last, isLast: true });
}

waitForReads();
readNothingAhead();
parentPort!.on('message', (request: ToScanThread) => void answer(request));
