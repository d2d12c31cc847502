/**
 * Reads a pickle (protocols 0 to 5) as data, like CPython's `Lib/pickle.py` but without any calls. No library is used, because they build
 * objects, recurse, or trust lengths. Here a malicious file needs no more time and memory than its size allows.
 */
import { Bytes } from './bytes';
import { STEPS, STOP, type Machine } from './steps';
import { refuseCode } from './code';
import { Made, Persistent, type Value } from './values';

/** Greatest number of values. Each needs about a hundred bytes of memory. */
const MOST_VALUES = 2e6;

export interface Pickle {
  value: Value;
  /** Offset of its end. */
  end: number;
  /** All references to things outside of the pickle, also those that are not part of the value. */
  persistent: Persistent[];
}

/** Returns the value at `from`, and where its pickle ends. Throws an `Error` that says what is wrong. */
export function readPickle(bytes: Uint8Array, from = 0): Pickle {
  const machine = new PickleMachine(new Bytes(bytes, from));
  return { value: machine.run(), end: machine.end, persistent: machine.persistent };
}

class PickleMachine implements Machine {
  #stack: Value[] = [];
  #pushed = 0;
  readonly persistent: Persistent[] = [];
  /** Stacks below the marks. */
  readonly #below: Value[][] = [];
  readonly #memo = new Map<number | string, Value>();

  constructor(private readonly bytes: Bytes) {}

  get end(): number {
    return this.bytes.at;
  }

  run(): Value {
    for (;;) {
      const code = this.bytes.uint8();
      if (code === STOP) return this.#pop();
      const step = STEPS[code];
      if (!step) throw new Error(`it has the unknown instruction 0x${code.toString(16).padStart(2, '0')}`);
      step(this, this.bytes);
    }
  }

  push(value: Value): void {
    if (++this.#pushed > MOST_VALUES) throw new Error(`it has more than ${MOST_VALUES / 1e6} million values`);
    if (value instanceof Made) refuseCode(value.name);
    if (value instanceof Persistent) this.persistent.push(value);
    this.#stack.push(value);
  }

  pop(): Value {
    return this.#pop();
  }

  top(): Value {
    const top = this.#stack.at(-1);
    if (top === undefined) throw new Error('it uses a missing value');
    return top;
  }

  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** Returns all values above the last mark. */
  marked(): Value[] {
    const below = this.#below.pop();
    if (!below) throw new Error('it lacks a mark');
    const above = this.#stack;
    this.#stack = below;
    return above;
  }

  /** POP also removes a mark if nothing is above it. */
  discard(): void {
    if (this.#stack.length > 0) this.#stack.pop();
    else this.marked();
  }

  store(key: number | string): void {
    this.#memo.set(key, this.top());
  }

  /** Number of values in the memo, for MEMOIZE. */
  get stored(): number {
    return this.#memo.size;
  }

  recall(key: number | string): void {
    const value = this.#memo.get(key);
    if (value === undefined) throw new Error(`it uses memo ${key}, which it never stored`);
    this.push(value);
  }

  #pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined) throw new Error('it uses a missing value');
    return value;
  }
}
