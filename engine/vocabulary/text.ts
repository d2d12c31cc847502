/** Makes text from files (names of tensors and runs, metadata, messages) safe for a terminal. */

/**
 * Matches characters that move the cursor, start terminal commands, change the direction of text, or are invisible. It does not match the
 * joiners U+200C and U+200D, because several languages and emoji need them.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Returns the text with unprintable characters, including line ends, as `\uXXXX`. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Returns a text of several lines with other unprintable characters as `\uXXXX`. This does not change the meaning of JSON. */
export function printable(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i).toString(16).padStart(4, '0'))
    .map((digits) => `\\u${digits}`)
    .join('');
}

/** Shortens a text to at most `length` characters, with an ellipsis in the middle. */
export function cutMiddle(text: string, length: number): string {
  const characters = Array.from(text.slice(0, 2 * length)); // a character has at most two code units
  if (text.length <= length || (characters.length <= length && text.length <= 2 * length)) return text;
  const end = Math.floor((length - 1) / 2);
  const begin = length - 1 - end;
  return `${characters.slice(0, begin).join('')}…${Array.from(text.slice(-2 * end))
    .slice(-end)
    .join('')}`;
}

/** Compares texts by the numbers in them, for `sort`: `iter2` comes before `iter10`. */
export const { compare: inNaturalOrder } = new Intl.Collator('en', { numeric: true });
