/** The instructions of a pickle (protocols 0 to 5). */
import { decimal, type Bytes } from './bytes';
import { Dictionary, Global, List, Made, Persistent, type Value } from './values';

/** The stack and the memo that the instructions work on. */
export interface Machine {
  push(value: Value): void;
  pop(): Value;
  top(): Value;
  /** Begins a new stack above the current one. */
  mark(): void;
  /** Removes the last mark and the values above it, and returns these values. */
  marked(): Value[];
  /** Removes the topmost value, or the mark if nothing is above it. */
  discard(): void;
  /** Stores the topmost value in the memo. */
  store(key: number | string): void;
  /** Pushes a value from the memo. */
  recall(key: number | string): void;
  /** Number of values in the memo. */
  readonly stored: number;
}

type Step = (machine: Machine, bytes: Bytes) => void;

const LONGEST_INTEGER = 1_024;

export const STOP = 0x2e;

/** The instructions by their codes. */
export const STEPS: (Step | undefined)[] = [];

function on(character: string | number, step: Step): void {
  STEPS[typeof character === 'number' ? character : character.charCodeAt(0)] = step;
}

/** Defines an instruction that reads a value and pushes it. */
function pushes(character: string | number, read: (bytes: Bytes) => Value): void {
  on(character, (machine, bytes) => {
    machine.push(read(bytes));
  });
}

// Constants and numbers
pushes('N', () => null);
pushes(0x88, () => true);
pushes(0x89, () => false);
pushes('I', (bytes) => {
  const text = bytes.line();
  return text === '00' || text === '01' ? text === '01' : decimal(text);
});
pushes('J', (bytes) => bytes.int32());
pushes('K', (bytes) => bytes.uint8());
pushes('M', (bytes) => bytes.uint16());
pushes('L', (bytes) => decimal(bytes.line().replace(/L$/, '')));
pushes(0x8a, (bytes) => bytes.integer(bytes.uint8()));
pushes(0x8b, (bytes) => {
  const length = bytes.int32();
  if (length > LONGEST_INTEGER)
    throw new Error(`the pickle has an integer of ${length} bytes, more than the limit of ${LONGEST_INTEGER}`);
  return bytes.integer(length);
});
pushes('F', (bytes) => Number(bytes.line()));
pushes('G', (bytes) => bytes.float64());

// Texts and bytes
pushes('S', (bytes) => bytes.line().replace(/^(['"])([^]*)\1$/, '$2'));
pushes('T', (bytes) => bytes.latin1(bytes.int32()));
pushes('U', (bytes) => bytes.latin1(bytes.uint8()));
pushes('V', (bytes) => bytes.line());
pushes('X', (bytes) => bytes.text(bytes.uint32()));
pushes(0x8c, (bytes) => bytes.text(bytes.uint8()));
pushes(0x8d, (bytes) => bytes.text(bytes.uint64()));
pushes('B', (bytes) => bytes.take(bytes.uint32()));
pushes('C', (bytes) => bytes.take(bytes.uint8()));
pushes(0x8e, (bytes) => bytes.take(bytes.uint64()));
pushes(0x96, (bytes) => bytes.take(bytes.uint64()));

// Lists, tuples, sets
pushes(']', () => new List([]));
pushes(')', () => new List([], true));
pushes(0x8f, () => new List([]));
on('(', (machine) => {
  machine.mark();
});
on('l', (machine) => {
  machine.push(new List(machine.marked()));
});
on('t', (machine) => {
  machine.push(new List(machine.marked(), true));
});
on(0x91, (machine) => {
  machine.push(new List(machine.marked()));
});
for (const count of [1, 2, 3])
  on(0x84 + count, (machine) => {
    const items = Array.from({ length: count }, () => machine.pop()).reverse();
    machine.push(new List(items, true));
  });
on('a', (machine) => {
  const item = machine.pop();
  append(machine.top(), [item]);
});
for (const character of ['e', 0x90])
  on(character, (machine) => {
    const items = machine.marked();
    append(machine.top(), items);
  });

// Dictionaries
pushes('}', () => new Dictionary());
on('d', (machine) => {
  const dictionary = new Dictionary();
  setItems(dictionary, machine.marked());
  machine.push(dictionary);
});
on('s', (machine) => {
  const value = machine.pop();
  const key = machine.pop();
  setItems(machine.top(), [key, value]);
});
on('u', (machine) => {
  const items = machine.marked();
  setItems(machine.top(), items);
});

// Classes, calls, objects
on('c', (machine, bytes) => {
  machine.push(new Global(bytes.line(), bytes.line()));
});
on(0x93, (machine) => {
  const member = machine.pop();
  machine.push(globalOf(machine.pop(), member));
});
on('R', (machine) => {
  const args = machine.pop();
  machine.push(madeBy(machine.pop(), args));
});
on(0x81, (machine) => {
  const args = machine.pop();
  machine.push(madeBy(machine.pop(), args));
});
on(0x92, (machine) => {
  const named = machine.pop();
  const args = machine.pop();
  const made = madeBy(machine.pop(), args);
  made.items.items.push(named);
  machine.push(made);
});
on('i', (machine, bytes) => {
  const by = new Global(bytes.line(), bytes.line());
  machine.push(new Made(by, machine.marked()));
});
on('o', (machine) => {
  const [by, ...args] = machine.marked();
  if (by === undefined) throw new Error('the pickle makes an object without a class');
  machine.push(new Made(by, args));
});
on('b', (machine) => {
  const state = machine.pop();
  const made = machine.top();
  if (made instanceof Made) made.state = state; // the state of a dictionary or list contains no tensors
});
on('P', (machine, bytes) => {
  machine.push(new Persistent(bytes.line()));
});
on('Q', (machine) => {
  machine.push(new Persistent(machine.pop()));
});
for (const code of [0x82, 0x83, 0x84])
  on(code, () => {
    throw new Error('the pickle uses the extension registry, which is not supported');
  });

// The stack and the memo
on('0', (machine) => {
  machine.discard();
});
on('1', (machine) => {
  machine.marked();
});
on('2', (machine) => {
  machine.push(machine.top());
});
on('p', (machine, bytes) => {
  machine.store(memoKey(bytes.line()));
});
on('q', (machine, bytes) => {
  machine.store(bytes.uint8());
});
on('r', (machine, bytes) => {
  machine.store(bytes.uint32());
});
on(0x94, (machine) => {
  machine.store(machine.stored);
});
on('g', (machine, bytes) => {
  machine.recall(memoKey(bytes.line()));
});
on('h', (machine, bytes) => {
  machine.recall(bytes.uint8());
});
on('j', (machine, bytes) => {
  machine.recall(bytes.uint32());
});

// Protocol and frames
on(0x80, (_, bytes) => {
  const protocol = bytes.uint8();
  if (protocol > 5) throw new Error(`the pickle has protocol ${protocol}, but only protocols up to 5 are supported`);
});
on(0x95, (_, bytes) => {
  bytes.uint64(); // a frame only says how much to read ahead
});
pushes(0x97, () => {
  throw new Error('the pickle has buffers outside of the file');
});
on(0x98, () => undefined);

/** Converts the key of a text instruction to a number, because PUT (text) and BINGET (binary) share the memo. */
function memoKey(text: string): number | string {
  return /^\d{1,10}$/.test(text) ? Number(text) : text;
}

function append(target: Value, items: readonly Value[]): void {
  const list = target instanceof Made ? target.items : target;
  if (!(list instanceof List) || list.isTuple) throw new Error('the pickle appends to a value that is not a list');
  for (const item of items) list.items.push(item);
}

function setItems(target: Value, items: readonly Value[]): void {
  const dictionary = target instanceof Made ? target.fields : target;
  if (!(dictionary instanceof Dictionary))
    throw new Error('the pickle sets an item of a value that is not a dictionary');
  if (items.length % 2 !== 0) throw new Error('the pickle has a key without a value');
  for (let i = 0; i < items.length; i += 2) dictionary.entries.push([items[i]!, items[i + 1]!]);
}

function globalOf(module: Value, member: Value): Global {
  if (typeof module !== 'string' || typeof member !== 'string')
    throw new Error('the pickle has a class name that is not a text');
  return new Global(module, member);
}

function madeBy(by: Value, args: Value): Made {
  if (!(args instanceof List)) throw new Error('the pickle has call arguments that are not a tuple');
  return new Made(by, args.items);
}
