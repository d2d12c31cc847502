/** Text from files, made safe for a terminal: names of tensors and runs, metadata, messages. */

/**
 * Characters that move the cursor, start a terminal's commands, change the direction of the text around them, or cannot be seen. The joiners
 * U+200C and U+200D are not among them: words of several languages, and emoji, are written with them.
 */
const UNPRINTABLE =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The text with unprintable characters, line ends among them, as `\uXXXX`. */
export function oneLine(text: string): string {
  return text.replace(UNPRINTABLE, escaped);
}

/** Several lines of text; other unprintable characters as `\uXXXX`, so that JSON means the same. */
export function printable(text: string): string {
  return text.split('\n').map(oneLine).join('\n');
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => character.charCodeAt(i).toString(16).padStart(4, '0'))
    .map((digits) => `\\u${digits}`)
    .join('');
}

/** The text in at most `length` characters, with an ellipsis for its middle if it has more. */
export function cutMiddle(text: string, length: number): string {
  const characters = Array.from(text.slice(0, 2 * length)); // a character has at most two code units
  if (text.length <= length || (characters.length <= length && text.length <= 2 * length)) return text;
  const end = Math.floor((length - 1) / 2);
  const begin = length - 1 - end;
  return `${characters.slice(0, begin).join('')}…${Array.from(text.slice(-2 * end))
    .slice(-end)
    .join('')}`;
}
