/** Reads tensors in pieces, so that a file of any size needs little memory. The next pieces are read while a piece is processed. */

/** Elements in a piece: 2 MB of float32. */
export const CHUNK = 2 ** 19;

/** Number of pieces that are read ahead while a piece is processed. */
export const AHEAD = 3;

/**
 * From now on, this thread reads no piece ahead. Threads that wait for their reads call it, because the next piece would replace the present one in
 * the cache of the processor.
 */
export function readNothingAhead(): void {
  ahead = 0;
}

let ahead = AHEAD;

/** Whether the next pieces are read while a piece is processed. */
export function readsAhead(): boolean {
  return ahead > 0;
}

/** Returns consecutive ranges [from, to) of at most `size` elements that cover `count`; one empty range for an empty tensor. */
export function* rangesOf(count: number, size = CHUNK): Iterable<{ from: number; to: number }> {
  for (let from = 0; from === 0 || from < count; from += size) yield { from, to: Math.min(from + size, count) };
}

/** Yields the results of `read` in the order of `jobs`. Up to `AHEAD` reads run while the caller uses a result. */
export async function* prefetch<Job, Piece>(
  jobs: Iterable<Job>,
  read: (job: Job) => Promise<Piece>,
): AsyncIterable<Piece> {
  const waiting: Promise<Piece>[] = [];
  for (const job of jobs) {
    const piece = read(job);
    piece.catch(() => undefined); // the error is thrown when this piece is awaited below; if an earlier read fails, it is ignored
    waiting.push(piece);
    if (waiting.length > ahead) yield await waiting.shift()!;
  }
  for (const piece of waiting) yield await piece;
}
