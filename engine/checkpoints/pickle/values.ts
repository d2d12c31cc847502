/** The values in a pickle. Nothing is built or called: a class is only its name, and an object is only its parts. */

export type Value =
  null | boolean | number | bigint | string | Uint8Array | List | Dictionary | Global | Made | Persistent;

/** A list, tuple, set or frozen set. */
export class List {
  constructor(
    readonly items: Value[],
    readonly isTuple = false,
  ) {}
}

/** The entries in order. A repeated key has several entries. */
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

/** Describes a call that was not made: the function or class, its arguments, and the items that would be added to its result. */
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

/** A reference to something outside the pickle; in files of PyTorch, a storage. */
export class Persistent {
  constructor(readonly id: Value) {}
}

/** Whether a value is a list or tuple, and not a set or dictionary. */
export function itemsOf(value: Value | undefined): readonly Value[] | undefined {
  return value instanceof List ? value.items : undefined;
}
