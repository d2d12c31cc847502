/** Recognizes a file by its first bytes, in words for a message. */

/** Number of bytes that `recognize` and `looksLikeSafetensors` need. */
export const RECOGNIZED_BYTES = 512;

/** Checks for eight bytes of a header length below 4 GB, then the header's brace. Text has no zero bytes. */
export function looksLikeSafetensors(head: Uint8Array): boolean {
  return head[8] === '{'.charCodeAt(0) && head.subarray(4, 8).every((byte) => byte === 0);
}

/** Checks for text that begins like a JSON object. */
export function looksLikeJson(head: Uint8Array): boolean {
  return /^\s*\{\s*["}]/.test(latin1(head));
}

/** Checks for a ZIP archive, which PyTorch's checkpoints are. */
export function looksLikeZip(head: Uint8Array): boolean {
  return latin1(head).startsWith('PK\x03\x04') || latin1(head).startsWith('PK\x05\x06');
}

/** Checks for a pickle of protocol 2 or later. */
export function looksLikePickle(head: Uint8Array): boolean {
  return head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5;
}

/** Returns for example `a PNG image`; undefined for an unknown kind. */
export function recognize(head: Uint8Array): string | undefined {
  const text = latin1(head);
  if (text.startsWith('PK\x03\x04')) return archive(text);
  return KINDS.find(([pattern]) => pattern.test(text))?.[1];
}

function archive(text: string): string {
  const nameLength = text.charCodeAt(26) + 256 * text.charCodeAt(27);
  const first = text.slice(30, 30 + nameLength); // name of the first entry
  if (/(^|\/)(data\.pkl|version|byteorder|\.format_version)$/.test(first)) return 'a PyTorch checkpoint (ZIP)';
  if (first.endsWith('.npy')) return 'a NumPy archive (.npz)';
  if (/^(metadata\.json|config\.json|model\.weights\.h5)$/.test(first)) return 'a Keras model (.keras)';
  return 'a ZIP archive';
}

/* eslint-disable no-control-regex -- magic numbers are made of control characters */
const KINDS: [RegExp, string][] = [
  [/^$/, 'an empty file'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the file itself (get it with `git lfs pull`)'],
  [/^\s*<(!doctype html|html)/i, 'an HTML page, perhaps of a failed download'],
  [/^\x89PNG\r\n/, 'a PNG image'],
  [/^\x89HDF\r\n/, 'an HDF5 file (.h5)'],
  [/^\x93NUMPY/, 'a NumPy array (.npy)'],
  [/^\x1f\x8b/, 'compressed with gzip'],
  [/^GGUF/, 'a GGUF model'],
  [/^[^]{257}ustar/, 'a TAR archive'],
  [/^\x80[\x02-\x05]/, 'a Python pickle, perhaps an old PyTorch checkpoint'],
  [/^\x08[\x01-\x20][\x12\x1a\x2a\x32\x3a\x42]/, 'an ONNX model'],
  [/^\0+$/, 'nothing but zero bytes'],
];
/* eslint-enable no-control-regex */

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
