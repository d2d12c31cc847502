/** Adds items to a list. It does not use `push(...items)`, because a hundred thousand arguments overflow the stack. */
export function appendAll<T>(list: T[], items: Iterable<T> = []): void {
  for (const item of items) list.push(item);
}

/** Calls an asynchronous function for each item, for at most `most` items at a time. Returns the results in the order of the items. */
export async function mapParallel<T, R>(
  items: readonly T[],
  most: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const waiting = items.entries(); // all workers share it, so each item is taken once
  const worker = async () => {
    for (const [at, item] of waiting) results[at] = await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  return results;
}

export function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0);
}

/** Values that were computed before, by their key. Forgets all of them from time to time, so that they cannot fill the memory. */
export class Remembered<Key, Value> {
  readonly #values = new Map<Key, Value>();
  readonly #most: number;

  /** `most` is the greatest number of values. */
  constructor(most = 1_000) {
    this.#most = most;
  }

  /** Returns the value of a key, and computes it if it is not known. */
  get(key: Key, compute: () => Value): Value {
    const known = this.#values.get(key);
    if (known !== undefined) return known;
    const value = compute();
    if (this.#values.size >= this.#most) this.#values.clear();
    this.#values.set(key, value);
    return value;
  }
}
