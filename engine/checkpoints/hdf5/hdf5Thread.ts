/** The thread of ./connection.ts. It opens and lists a file, then answers each request with a block of a dataset. */
import { parentPort, workerData } from 'node:worker_threads';
import { closeFile, openFile, startLibrary, type Library, type OpenFile } from './library';
import { listFile } from './listing';
import type { Answer, Asked, BlockAsked, ThreadData } from './messages';

/** If the library uses more than this many bytes of memory, its thread is not used for another file. */
const SMALL_MEMORY = 2 ** 26;

const threadData = workerData as ThreadData;
let library: Promise<Library> | undefined;
let open: OpenFile | undefined;

async function answer(asked: Asked): Promise<Answer> {
  library ??= startLibrary(threadData);
  const started = await library;
  if ('open' in asked) {
    open = openFile(started, asked.open, threadData);
    return { found: listFile(open) };
  }
  if ('read' in asked) {
    if (!open) throw new Error('no file is open');
    return { block: readBlock(open, asked.read) };
  }
  if (open) closeFile(open);
  open = undefined;
  return { closed: { reusable: started.module.HEAPU8.length <= SMALL_MEMORY } };
}

/** Reads a block as little-endian, row-major bytes. */
function readBlock({ module, file }: OpenFile, { path, offset, count, bytes }: BlockAsked): Uint8Array<ArrayBuffer> {
  const place = module._malloc(bytes);
  if (place === 0) throw new Error('it needs too much memory');
  try {
    const isScalar = offset.length === 0;
    const [counts, offsets, strides] = isScalar
      ? [null, null, null]
      : [count.map(BigInt), offset.map(BigInt), count.map(() => 1n)];
    const status = module.get_dataset_data(file, path, counts, offsets, strides, BigInt(place));
    if (status < 0) throw new Error('its data cannot be read');
    return new Uint8Array(module.HEAPU8.slice(place, place + bytes));
  } finally {
    module._free(place);
  }
}

/** Returns the innermost reason in the library's report. The report has a line for each function that failed. */
function reasonOf(error: unknown): string {
  const { message } = error as Error;
  const reasons = [...message.matchAll(/^\s*#\d+: .* in \w+\(\): (.*)$/gm)];
  const reason = (reasons.at(-1)?.[1] ?? message).split('\n', 1)[0]!;
  const [, size, expected] = /^truncated file: eof = (\d+),.* stored_eof = (\d+)$/.exec(reason) ?? [];
  return size === undefined ? reason : `it has ${size} of its ${expected} bytes`;
}

// Answers one request after another, because the first one waits until the library has started.
let last = Promise.resolve();
parentPort!.on('message', (asked: Asked) => {
  last = last.then(async () => {
    const given = await answer(asked).catch((error: unknown): Answer => {
      const { name } = error as Error;
      return { refused: reasonOf(error), aborted: name === 'RuntimeError' || name === 'RangeError' };
    });
    parentPort!.postMessage(given, 'block' in given ? [given.block.buffer as ArrayBuffer] : []);
  });
});
