/** Names that come from files, made fit to be the name of a folder. */

/** Bytes of UTF-8; file systems allow 255, and a number or the name of a temporary file is added. */
const LONGEST = 120;
/** Windows opens devices under these names, with any extension. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?=\.|$)/i;
/** Separators, characters that Windows refuses, control characters, and those that change the direction of text. */
const UNSAFE = /[/\\<>:"|?*\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/**
 * Returns a name that can be a folder of any file system, and never leads out of the folder it is put in: not empty, not `..`, without
 * separators. Ordinary names are returned as they are.
 */
export function folderName(name: string): string {
  const safe = name.replace(UNSAFE, '-').replace(RESERVED, '$1-');
  const short = withinBytes(safe, LONGEST).replace(/[. ]+$/, ''); // Windows drops dots and spaces at the end
  return short === '' ? 'run' : short;
}

/** The longest beginning of a text that has at most so many bytes of UTF-8; no character is split. */
function withinBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = most;
  while ((bytes[end]! & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end);
}
