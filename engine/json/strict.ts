/** Parses JSON from untrusted files, after checking its depth and its keys. */
import { cutMiddle, oneLine } from '../vocabulary/text';

/** Parses JSON that is at most `depth` levels deep and has no duplicate keys. Throws an `Error` with a message such as “is not JSON”. */
export function parseStrictly(text: string, depth: number): unknown {
  checkKeys(text, depth);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Error('is not JSON');
  }
}

/** Checks the depth and the keys. JSON.parse would accept any depth, and silently keep only the last of two equal keys. */
function checkKeys(text: string, depth: number): void {
  const open: (Set<string> | undefined)[] = []; // keys so far of each enclosing object; undefined for an array
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (c === '"') {
      const end = endOfString(text, i);
      if (isFollowedByColon(text, end)) noteKey(open.at(-1), text.slice(i, end));
      i = end - 1;
    } else if (c === '{' || c === '[') {
      open.push(c === '{' ? new Set() : undefined);
      if (open.length > depth) throw new Error(`is nested more than ${depth} levels deep`);
    } else if (c === '}' || c === ']') open.pop();
  }
}

function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i + 1;
  }
  throw new Error('is not JSON');
}

function isFollowedByColon(text: string, at: number): boolean {
  const colon = /[ \t\n\r]*:/y;
  colon.lastIndex = at;
  return colon.test(text);
}

function noteKey(keys: Set<string> | undefined, literal: string): void {
  const key = literal.includes('\\') ? unescaped(literal) : literal.slice(1, -1);
  if (keys?.has(key)) throw new Error(`has ${quote(key)} twice`);
  keys?.add(key);
}

function unescaped(literal: string): string {
  try {
    return JSON.parse(literal) as string;
  } catch {
    throw new Error('is not JSON');
  }
}

/** Quotes a name from a file for a message. Escapes control characters and cuts the name to 80 characters. */
export function quote(name: string): string {
  return oneLine(JSON.stringify(cutMiddle(name, 80)));
}

/** Whether a value is a JSON object, not an array or null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
