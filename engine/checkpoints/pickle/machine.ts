/**
 * Reads a pickle (protocols 0 to 5) as data: follows CPython's `Lib/pickle.py`, but calls nothing. Existing libraries build objects,
 * recurse, or trust lengths in the file. This module limits time and memory by the size of the file, even for a malicious file.
 */
import { Bytes } from './bytes';
import { STEPS, STOP, type Machine } from './steps';
import { refuseCode } from './code';
import { Made, Persistent, type Value } from './values';

/** Greatest number of values. Each needs about a hundred bytes of memory. */
const MOST_VALUES = 2e6;

export interface Pickle {
  value: Value;
  /** Offset of the end of the pickle. */
  end: number;
  /** All references to objects outside of the pickle, including references that the value does not contain. */
  persistent: Persistent[];
}

/** Reads the pickle that begins at `from`. Throws an `Error` that says what is wrong. */
export function readPickle(bytes: Uint8Array, from = 0): Pickle {
  const machine = new PickleMachine(new Bytes(bytes, from));
  return { value: machine.run(), end: machine.end, persistent: machine.persistent };
}

class PickleMachine implements Machine {
  #stack: Value[] = [];
  #pushed = 0;
  readonly persistent: Persistent[] = [];
  /** The stacks that `mark` has set aside. */
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
      if (!step) throw new Error(`the pickle has the unknown instruction 0x${code.toString(16).padStart(2, '0')}`);
      step(this, this.bytes);
    }
  }

  push(value: Value): void {
    if (++this.#pushed > MOST_VALUES) throw new Error(`the pickle has more than ${MOST_VALUES / 1e6} million values`);
    if (value instanceof Made) refuseCode(value.name);
    if (value instanceof Persistent) this.persistent.push(value);
    this.#stack.push(value);
  }

  pop(): Value {
    return this.#pop();
  }

  top(): Value {
    const top = this.#stack.at(-1);
    if (top === undefined) throw new Error('the pickle takes a value from an empty stack');
    return top;
  }

  mark(): void {
    this.#below.push(this.#stack);
    this.#stack = [];
  }

  /** Removes the last mark, and returns the values above it. */
  marked(): Value[] {
    const below = this.#below.pop();
    if (!below) throw new Error('the pickle uses a mark that it never set');
    const above = this.#stack;
    this.#stack = below;
    return above;
  }

  /** Removes the topmost value. If there is no value above the last mark, removes the mark, as POP does. */
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
    if (value === undefined) throw new Error(`the pickle uses memo ${key}, which it never stored`);
    this.push(value);
  }

  #pop(): Value {
    const value = this.#stack.pop();
    if (value === undefined) throw new Error('the pickle takes a value from an empty stack');
    return value;
  }
}
