/** Tensors read piece by piece, so that a file of any size takes little memory, and the next pieces are read while one is looked at. */

/** Elements of a piece: 2 MB of float32. */
export const CHUNK = 2 ** 19;

/** Consecutive ranges [from, to) of at most `CHUNK` elements covering `count`; one empty range for an empty tensor. */
export function* rangesOf(count: number): Iterable<{ from: number; to: number }> {
  for (let from = 0; from === 0 || from < count; from += CHUNK) yield { from, to: Math.min(from + CHUNK, count) };
}

/** The results of `read` in the order of `jobs`, with up to `ahead` of them under way. */
export async function* prefetch<Job, Piece>(
  jobs: Iterable<Job>,
  read: (job: Job) => Promise<Piece>,
  ahead = 3,
): AsyncIterable<Piece> {
  const waiting: Promise<Piece>[] = [];
  for (const job of jobs) {
    const piece = read(job);
    piece.catch(() => undefined); // it is reported when its turn comes, or never if one before it failed
    waiting.push(piece);
    if (waiting.length > ahead) yield await waiting.shift()!;
  }
  for (const piece of waiting) yield await piece;
}
