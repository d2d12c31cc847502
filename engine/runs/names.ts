/** Turns names from files into safe folder names. */

/** Greatest length in bytes of UTF-8. File systems allow 255, and a number or a suffix may be added. */
const LONGEST = 120;
/** Greatest number of bytes of UTF-8 for one UTF-16 code unit. */
const MOST_BYTES = 3;
/** On Windows, these names open devices, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?=\.|$)/i;
/** Matches separators, characters that Windows refuses, control characters, and characters that change the direction of text. */
const UNSAFE = /[/\\<>:"|?*\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/**
 * Returns a folder name that is valid in any file system and never leads to another folder: not empty, not `..`, without separators.
 * Returns ordinary names unchanged.
 */
export function folderName(name: string): string {
  const safe = name.replace(UNSAFE, '-').replace(RESERVED, '$1-');
  const short = withinBytes(safe, LONGEST).replace(/[. ]+$/, ''); // Windows removes dots and spaces at the end
  return short === '' ? 'run' : short;
}

/** Returns the longest prefix of a text with at most `most` bytes of UTF-8. Does not split a character. */
function withinBytes(text: string, most: number): string {
  if (text.length * MOST_BYTES <= most) return text; // the usual case, and faster
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
