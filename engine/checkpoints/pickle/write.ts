/** Writes pickles of protocol 2, with the few instructions that `torch.save` needs for a checkpoint. */

/** A value of a pickle. An array is a tuple. */
export type Picklable =
  | null
  | boolean
  | string
  | Int
  | Float
  | readonly Picklable[]
  | PickledList
  | PickledDict
  | PickledGlobal
  | PickledCall
  | PickledReference;

/** An integer below 2⁵³ in magnitude. */
export interface Int {
  int: number;
}
/** A Python float. */
export interface Float {
  float: number;
}
export interface PickledList {
  list: readonly Picklable[];
}
export interface PickledDict {
  dict: readonly (readonly [key: string, value: Picklable])[];
  /** Whether it is a `collections.OrderedDict`. */
  ordered?: boolean;
}
/** A class or function by name. */
export interface PickledGlobal {
  module: string;
  member: string;
}
/** A call whose result is the value. */
export interface PickledCall {
  call: PickledGlobal;
  args: readonly Picklable[];
}
/** A persistent id: an object outside of the pickle. */
export interface PickledReference {
  reference: Picklable;
}

/** Returns the bytes of a pickle. Equal values give equal bytes. */
export function pickle(value: Picklable): Uint8Array {
  const writer = new Writer();
  writer.code('\x80\x02');
  writer.value(value);
  writer.code('.');
  return writer.bytes();
}

const ORDERED: PickledGlobal = { module: 'collections', member: 'OrderedDict' };

class Writer {
  readonly #parts: Buffer[] = [];

  bytes(): Uint8Array {
    return Buffer.concat(this.#parts);
  }

  /** Appends instructions, one character each. */
  code(instructions: string): void {
    this.#parts.push(Buffer.from(instructions, 'latin1'));
  }

  value(value: Picklable): void {
    if (value === null) this.code('N');
    else if (typeof value === 'boolean') this.code(value ? '\x88' : '\x89');
    else if (typeof value === 'string') this.#text(value);
    else if (isTuple(value)) this.#tuple(value);
    else if ('int' in value) this.#integer(value.int);
    else if ('float' in value) this.#float(value.float);
    else if ('list' in value) this.#list(value);
    else if ('dict' in value) this.#dict(value);
    else if ('module' in value) this.code(`c${value.module}\n${value.member}\n`);
    else if ('call' in value) this.#call(value);
    else {
      this.value(value.reference);
      this.code('Q');
    }
  }

  #text(text: string): void {
    const bytes = Buffer.from(text);
    this.code('X');
    this.#number(4, (into) => into.writeUInt32LE(bytes.length));
    this.#parts.push(bytes);
  }

  #integer(value: number): void {
    if (value >= 0 && value < 2 ** 8) this.code(`K${String.fromCharCode(value)}`);
    else if (value >= -(2 ** 31) && value < 2 ** 31) {
      this.code('J');
      this.#number(4, (into) => into.writeInt32LE(value));
    } else {
      this.code('\x8a\x08');
      this.#number(8, (into) => into.writeBigInt64LE(BigInt(value)));
    }
  }

  #float(value: number): void {
    this.code('G');
    this.#number(8, (into) => into.writeDoubleBE(value));
  }

  #number(size: number, write: (into: Buffer) => void): void {
    const bytes = Buffer.alloc(size);
    write(bytes);
    this.#parts.push(bytes);
  }

  #tuple(items: readonly Picklable[]): void {
    const short = [')', '\x85', '\x86', '\x87'][items.length];
    if (short === undefined) this.code('(');
    for (const item of items) this.value(item);
    this.code(short ?? 't');
  }

  #list({ list }: PickledList): void {
    this.code(']');
    if (list.length === 0) return;
    this.code('(');
    for (const item of list) this.value(item);
    this.code('e');
  }

  #dict({ dict, ordered = false }: PickledDict): void {
    if (ordered) this.#call({ call: ORDERED, args: [] });
    else this.code('}');
    if (dict.length === 0) return;
    this.code('(');
    for (const [key, value] of dict) {
      this.#text(key);
      this.value(value);
    }
    this.code('u');
  }

  #call({ call, args }: PickledCall): void {
    this.value(call);
    this.#tuple(args);
    this.code('R');
  }
}

function isTuple(value: Picklable): value is readonly Picklable[] {
  return Array.isArray(value);
}
