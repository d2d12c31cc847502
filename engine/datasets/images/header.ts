/** Reads the kind and size of an image from the first bytes of its file. */

export interface ImageHeader {
  kind: 'jpeg' | 'png';
  width: number;
  height: number;
  /** Number of channels that a JPEG stores. */
  channels: number;
  /** Number of bits of each channel. */
  bits: number;
}

/** Number of bytes that usually contain the whole header. Long comments and previews may come before the size of a JPEG. */
export const HEADER_BYTES = 2 ** 16;

/** Returns the header. Throws an `Error` if the bytes are not those of a JPEG or PNG, or end before the size. */
export function readHeader(bytes: Uint8Array): ImageHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length === 0) throw new Error('is empty');
  try {
    if (view.getUint16(0) === 0xffd8) return readJpeg(view);
    if (view.getUint32(0) === 0x89504e47)
      return {
        kind: 'png',
        width: view.getUint32(16),
        height: view.getUint32(20),
        bits: view.getUint8(24),
        channels: 0,
      };
  } catch (error) {
    if (error instanceof RangeError) throw new Error('is truncated', { cause: error });
    throw error;
  }
  throw new Error('is not a JPEG or PNG image');
}

/** Markers from 0xc0 to 0xcf that do not begin a frame: tables of Huffman codes and of arithmetic coding, and a reserved one. */
const NO_FRAME = [0xc4, 0xc8, 0xcc];

function readJpeg(view: DataView): ImageHeader {
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) throw new Error('is corrupt: it has bytes between its markers');
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // a fill byte
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && !NO_FRAME.includes(marker)) {
      const [height, width, channels] = [view.getUint16(at + 5), view.getUint16(at + 7), view.getUint8(at + 9)];
      return { kind: 'jpeg', width, height, channels, bits: view.getUint8(at + 4) };
    }
    at += 2 + view.getUint16(at + 2);
  }
}
