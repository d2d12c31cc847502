/** Where the fields of a JSON text are. */
import { readFileSync } from 'node:fs';
import { parseTree, type Node } from 'jsonc-parser';
import type { TextRange } from '../vocabulary/problems';
import { rangeAt } from './parse';

/** A field within fields; entries of lists by their number. */
export type FieldPath = readonly string[];

/** Returns the range of a field's value, or of its name; of the nearest object around it if it is missing. */
export type Locate = (field: FieldPath, part: 'value' | 'name') => TextRange | undefined;

/** Locates fields of a file; those of a file that does not exist, or is not JSON any more, have no place. */
export function locateIn(file: string): Locate {
  const text = textOf(file);
  const root = text === undefined ? undefined : parseTree(text);
  return (field, part) => {
    if (text === undefined || !root) return undefined;
    const { offset, length } = nodeAt(root, field, part);
    return rangeAt(text, offset, length);
  };
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/^\uFEFF/, '');
  } catch {
    return undefined;
  }
}

/** An object that lacks the field is marked at its brace alone: the whole would be a screen of underlined text. */
function nodeAt(node: Node, [next, ...rest]: FieldPath, part: 'value' | 'name'): Pick<Node, 'offset' | 'length'> {
  if (next === undefined) return node;
  if (node.type === 'array') {
    const entry = node.children?.[Number(next)];
    return entry ? nodeAt(entry, rest, part) : node;
  }
  const property = node.children?.find(({ children }) => children?.[0]?.value === next);
  const [name, value] = property?.children ?? [];
  if (!name) return { offset: node.offset, length: 1 };
  if (rest.length === 0 && part === 'name') return name;
  return value ? nodeAt(value, rest, part) : name;
}
