/** Reads an HDF5 file in a thread with limited time and memory, because a crafted file can make the library abort or hang. */
import { Hdf5Worker } from './worker';
import type { BlockAsked, Found, Source } from './messages';

export interface Connection {
  found: Found[];
  /** Reads a block of a dataset. Throws an `Error` with the reason. */
  read(asked: BlockAsked): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A thread that can be used again, because its last file is closed. Starting a new thread takes a quarter of a second. */
let spare: Hdf5Worker | undefined;
let dismissal: NodeJS.Timeout | undefined;
const SPARE_MS = 30_000;

/** Opens a file and lists its content. Throws an `Error` with the reason if the file is not valid. */
export async function connect(source: Source): Promise<Connection> {
  const worker = takeSpare() ?? new Hdf5Worker();
  try {
    const { found } = (await worker.ask({ open: source })) as { found: Found[] };
    let closing: Promise<void> | undefined;
    return {
      found,
      read: async (asked) => {
        const { block } = (await worker.ask({ read: asked })) as { block: Uint8Array };
        return block;
      },
      close: () => (closing ??= release(worker)),
    };
  } catch (error) {
    await release(worker);
    throw error;
  }
}

function takeSpare(): Hdf5Worker | undefined {
  clearTimeout(dismissal);
  const worker = spare;
  spare = undefined;
  return worker?.hasFailed ? undefined : worker;
}

/** Closes the file of a thread, and keeps the thread if it can be used again. */
async function release(worker: Hdf5Worker): Promise<void> {
  const isReusable = await worker.canBeReused();
  if (!isReusable || spare) {
    await worker.end();
    return;
  }
  spare = worker;
  dismissal = setTimeout(() => void takeSpare()?.end(), SPARE_MS).unref();
}
