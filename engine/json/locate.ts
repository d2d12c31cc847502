/** Finds the places of fields in a JSON text. */
import { readFileSync } from 'node:fs';
import { parseTree, type Node } from 'jsonc-parser';
import type { TextRange } from '../vocabulary/problems';
import { rangeAt, tooDeep } from './parse';

/** The path of a field. An entry of a list is identified by its index. */
export type FieldPath = readonly string[];

/**
 * Returns the range of a field's value or name. If the field is missing, returns the range of the innermost existing object on its path.
 */
export type Locate = (field: FieldPath, part: 'value' | 'name') => TextRange | undefined;

/**
 * Finds fields of a file. The result is undefined if the file does not exist or can no longer be parsed. `text` is the content of the file,
 * if it is known.
 */
export function locateIn(file: string, text = textOf(file)): Locate {
  const root = text === undefined || tooDeep(text) !== undefined ? undefined : parseTree(text);
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

/** For an object that lacks the field, marks only the opening brace. Marking the whole object could underline a full screen of text. */
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
