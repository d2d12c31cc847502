/** Tensors read piece by piece, so that a file of any size takes little memory, and the next pieces are read while one is looked at. */

/** Elements of a piece: 2 MB of float32. */
export const CHUNK = 2 ** 19;

/** Pieces under way while one is looked at. */
export const AHEAD = 3;

/** Consecutive ranges [from, to) of at most `size` elements covering `count`; one empty range for an empty tensor. */
export function* rangesOf(count: number, size = CHUNK): Iterable<{ from: number; to: number }> {
  for (let from = 0; from === 0 || from < count; from += size) yield { from, to: Math.min(from + size, count) };
}

/** The results of `read` in the order of `jobs`, with up to `AHEAD` of them under way while one is used, and one more being begun. */
export async function* prefetch<Job, Piece>(
  jobs: Iterable<Job>,
  read: (job: Job) => Promise<Piece>,
): AsyncIterable<Piece> {
  const waiting: Promise<Piece>[] = [];
  for (const job of jobs) {
    const piece = read(job);
    piece.catch(() => undefined); // it is reported when its turn comes, or never if one before it failed
    waiting.push(piece);
    if (waiting.length > AHEAD) yield await waiting.shift()!;
  }
  for (const piece of waiting) yield await piece;
}
