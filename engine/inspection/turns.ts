/** Numbers that threads take one after another, so that each is taken once. */

/** Places in the shared memory. */
const NEXT = 0;
const STARTED = 1;
const PLACES = 2;

/** Turns 0 … `count` − 1, shared by this thread and all to which `memory` was sent. */
export class Turns {
  readonly memory: SharedArrayBuffer;
  readonly #count: number;
  readonly #shared: Int32Array;

  constructor(count: number, memory = new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#count = count;
    this.#shared = new Int32Array(memory);
  }

  /** Returns the next turn; undefined if none is left. */
  take(): number | undefined {
    if (Atomics.load(this.#shared, NEXT) >= this.#count) return undefined; // so that the number cannot overflow
    const turn = Atomics.add(this.#shared, NEXT, 1);
    return turn < this.#count ? turn : undefined;
  }

  /** Leaves no turn. */
  end(): void {
    Atomics.store(this.#shared, NEXT, this.#count);
  }

  /** Says that another thread takes turns from now on. */
  markStarted(): void {
    Atomics.store(this.#shared, STARTED, 1);
  }

  get hasStarted(): boolean {
    return Atomics.load(this.#shared, STARTED) === 1;
  }
}
