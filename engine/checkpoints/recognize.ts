/** Recognizes the format of a file by its first bytes. */

/** Number of first bytes of a file that the functions of this module need. */
export const RECOGNIZED_BYTES = 512;

/**
 * Checks for the length of the header (eight bytes, below 4 GB), followed by a brace. Text does not match, because it has no zero bytes.
 */
export function looksLikeSafetensors(head: Uint8Array): boolean {
  return head[8] === '{'.charCodeAt(0) && head.subarray(4, 8).every((byte) => byte === 0);
}

/** Checks for text that begins like a JSON object. */
export function looksLikeJson(head: Uint8Array): boolean {
  return /^\s*\{\s*["}]/.test(latin1(head));
}

/** Checks for JSON that begins with a field of a TensorFlow.js model. */
export function looksLikeTfjs(head: Uint8Array): boolean {
  return TFJS.test(latin1(head));
}

const TFJS =
  /^\s*\{\s*"(format|generatedBy|convertedBy|modelTopology|weightsManifest|trainingConfig|signature|userDefinedMetadata|modelInitializer)"\s*:/;

/** Checks for a ZIP archive that may be a PyTorch checkpoint, because its first entry is not one of NumPy or Keras. */
export function looksLikePyTorchZip(head: Uint8Array): boolean {
  const text = latin1(head);
  const isOfOthers = OF_KERAS.test(firstEntry(text)) || firstEntry(text).endsWith('.npy');
  return ZIP.some((begin) => text.startsWith(begin)) && !isOfOthers;
}

/** Checks for a ZIP archive that begins with a NumPy array. */
export function looksLikeNpz(head: Uint8Array): boolean {
  const text = latin1(head);
  return text.startsWith(ZIP[0]) && firstEntry(text).endsWith('.npy');
}

/** Checks for an HDF5 file. */
export function looksLikeHdf5(head: Uint8Array): boolean {
  return latin1(head).startsWith('\x89HDF\r\n\x1a\n');
}

/** Checks for a ZIP archive that begins with an entry of a Keras model. */
export function looksLikeKeras(head: Uint8Array): boolean {
  const text = latin1(head);
  return text.startsWith(ZIP[0]) && OF_KERAS.test(firstEntry(text));
}

/** Checks for a NumPy array. */
export function looksLikeNpy(head: Uint8Array): boolean {
  return latin1(head).startsWith('\x93NUMPY');
}

/** Checks for a pickle of protocol 2 or later. */
export function looksLikePickle(head: Uint8Array): boolean {
  return head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5;
}

/** Checks for an ONNX model: the version of the format, followed by another field of the model. */
export function looksLikeOnnx(head: Uint8Array): boolean {
  // eslint-disable-next-line no-control-regex -- tags are control characters
  return /^\x08[\x01-\x20][\x12\x1a\x22\x2a\x32\x3a\x42]/.test(latin1(head));
}

/** Checks for a GGUF file. */
export function looksLikeGguf(head: Uint8Array): boolean {
  return latin1(head).startsWith('GGUF');
}

/** Checks for a MessagePack dictionary whose first key is a text, as in checkpoints of Flax, or for a single array of Flax. */
export function looksLikeFlax(head: Uint8Array): boolean {
  const text = latin1(head);
  // eslint-disable-next-line no-control-regex -- tags are control characters
  if (/^(\xc7.|\xc8..|\xc9....)\x01\x93/s.test(text)) return true;
  const [, rest] = /^(?:[\x81-\x8f]|\xde..|\xdf....)([^]*)$/.exec(text) ?? [];
  const [, key] = /^(?:\xd9.|[\xa1-\xbf])([^]*)$/.exec(rest ?? '') ?? [];
  if (rest === undefined || key === undefined) return false;
  const length = rest.startsWith('\xd9') ? rest.charCodeAt(1) : rest.charCodeAt(0) & 31;
  return key.length >= length && /^[\x20-\x7e]+$/.test(key.slice(0, length));
}

/** Checks for a checkpoint in a binary format. Text files, such as run files, do not match. */
export function looksLikeBinaryCheckpoint(head: Uint8Array): boolean {
  return BINARY.some((looksLike) => looksLike(head));
}

const BINARY = [
  ...[looksLikeSafetensors, looksLikePyTorchZip, looksLikePickle, looksLikeNpz, looksLikeNpy, looksLikeHdf5],
  ...[looksLikeKeras, looksLikeGguf, looksLikeFlax, looksLikeOnnx],
];

/** A kind of file that cannot be opened. */
export interface OtherKind {
  /** Description of the kind, for example `a PNG image`. */
  what: string;
  /** A sentence that tells the user what to do. Absent if the file is a complete file of another format. */
  remedy?: string;
}

/**
 * Recognizes a kind of file that cannot be opened, by the content of the file. A part of a TensorFlow checkpoint is recognized by its name.
 * Returns undefined for an unknown kind.
 */
export function recognize(head: Uint8Array, name: string): OtherKind | undefined {
  const text = latin1(head);
  if (/\.data-\d{5}-of-\d{5}$/.test(name)) return { what: 'a part of a TensorFlow checkpoint', remedy: CONVERT };
  const [, what, remedy] = KINDS.find(([pattern]) => pattern.test(text)) ?? [];
  return what === undefined ? undefined : { what, ...(remedy !== undefined && { remedy }) };
}

/** First bytes of an archive with entries, and of an empty archive. */
const ZIP = ['PK\x03\x04', 'PK\x05\x06'] as const;
const OF_KERAS = /^(metadata\.json|config\.json|model\.weights\.h5)$/;

function firstEntry(text: string): string {
  const length = text.charCodeAt(26) + 256 * text.charCodeAt(27);
  return text.slice(30, 30 + length);
}

/* eslint-disable no-control-regex -- magic numbers are made of control characters */
const CONVERT =
  'Convert the checkpoint in Python: r = tf.train.load_checkpoint("PREFIX"), then numpy.savez("NEW.npz", **{n: r.get_tensor(n) for n in r.get_variable_to_shape_map()}).';
const AGAIN = 'Copy or download it again.';
const KINDS: [pattern: RegExp, what: string, remedy?: string][] = [
  [/^$/, 'an empty file', AGAIN],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer, not the file itself', 'Get the file with “git lfs pull”.'],
  [
    /^\s*<(!doctype html|html)/i,
    'an HTML page, perhaps the error page of a failed download',
    'Download the file again.',
  ],
  [/^\x89PNG\r\n/, 'a PNG image'],
  [/^\x89HDF/, 'a corrupt HDF5 file', AGAIN],
  [/^\0\0[^]\x08[\x01-\x7f](\x10\x01)?\x1a\x02\x08\x01/, 'the index of a TensorFlow checkpoint', CONVERT],
  [/^model_checkpoint_path: "/, 'the list of TensorFlow checkpoints', CONVERT],
  [/^\x1f\x8b/, 'a gzip file', 'Decompress it first.'],
  [/^[^]{257}ustar/, 'a TAR archive', 'Extract it first.'],
  [/^\0+$/, 'a file of zero bytes only, perhaps an incomplete download', AGAIN],
];
/* eslint-enable no-control-regex */

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
