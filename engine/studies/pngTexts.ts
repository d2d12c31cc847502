/** Adds texts and the resolution to a PNG. Source: the PNG specification, sections 11.3.3 (texts) and 11.3.4.3 (pHYs). */
import { crc32 } from 'node:zlib';

/** Length of the signature and of the chunk IHDR, which must be the first. */
const HEAD = 8 + 25;

/**
 * Returns the PNG with a chunk for each text, and with its resolution in pixels per metre. A text is a tEXt chunk if Latin-1 has all its
 * characters, else an iTXt chunk in UTF-8. Keywords have 1 to 79 Latin-1 characters.
 */
export function withTexts(png: Uint8Array, texts: Readonly<Record<string, string>>, perMetre: number): Buffer {
  const written = Object.entries(texts).map(([keyword, text]) => textChunk(keyword, text));
  return Buffer.concat([png.subarray(0, HEAD), physical(perMetre), ...written, png.subarray(HEAD)]);
}

function textChunk(keyword: string, text: string): Buffer {
  const key = Buffer.from(`${keyword}\0`, 'latin1');
  if (/^[\n\u0020-\u007e\u00a0-\u00ff]*$/.test(text))
    return chunk('tEXt', Buffer.concat([key, Buffer.from(text, 'latin1')]));
  const uncompressed = Buffer.from([0, 0, 0, 0]); // not compressed, no language, no translated keyword
  return chunk('iTXt', Buffer.concat([key, uncompressed, Buffer.from(text, 'utf8')]));
}

/** The unit 1 is the metre. */
function physical(perMetre: number): Buffer {
  const data = Buffer.alloc(9);
  data.writeUInt32BE(Math.round(perMetre), 0);
  data.writeUInt32BE(Math.round(perMetre), 4);
  data[8] = 1;
  return chunk('pHYs', data);
}

/** A chunk has its length, its type, its data, and a checksum of type and data. */
function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(data.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}
