/** The values in a pickle. No object is built and nothing is called. A class is represented by its name, and an object by its parts. */

export type Value =
  null | boolean | number | bigint | string | Uint8Array | List | Dictionary | Global | Made | Persistent;

/** A list, tuple, set or frozen set. */
export class List {
  constructor(
    readonly items: Value[],
    readonly isTuple = false,
  ) {}
}

/** A dictionary as a list of entries. A repeated key has several entries. */
export class Dictionary {
  readonly entries: [Value, Value][] = [];

  get(key: string): Value | undefined {
    return this.entries.findLast(([name]) => name === key)?.[1];
  }
}

/** A class or function by name, such as `torch._utils._rebuild_tensor_v2`. */
export class Global {
  constructor(
    readonly module: string,
    readonly member: string,
  ) {}

  get name(): string {
    return `${this.module}.${this.member}`;
  }
}

/** Describes a call that was not made: the function or class, its arguments, and the items that Python would add to the result. */
export class Made {
  /** The argument of `__setstate__`, if there is one. */
  state: Value | undefined;
  readonly items = new List([]);
  readonly fields = new Dictionary();

  constructor(
    readonly by: Value,
    readonly args: readonly Value[],
  ) {}

  /** Name of the function or class; empty if it is not a plain name. */
  get name(): string {
    return this.by instanceof Global ? this.by.name : '';
  }
}

/** A reference to an object outside of the pickle. In PyTorch files this object is a storage. */
export class Persistent {
  constructor(readonly id: Value) {}
}

/** Returns the items of a list, tuple or set. Returns undefined for other values. */
export function itemsOf(value: Value | undefined): readonly Value[] | undefined {
  return value instanceof List ? value.items : undefined;
}
