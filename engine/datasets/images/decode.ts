/** Decodes JPEG and PNG files to RGB bytes, as PIL does with `Image.open(file).convert('RGB')`. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import factory from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import { decode as decodeCmyk } from 'jpeg-js';
import { PNG } from 'pngjs';
import { UserError } from '../../errors';
import { badFile } from '../fields';
import { readHeader } from './header';

/** Pixels of an image: height × width × 3. */
export interface DecodedImage {
  height: number;
  width: number;
  pixels: Uint8Array;
}

/** Greatest number of pixels. A crafted file must not allocate more memory than this needs. */
const MOST_PIXELS = 2 ** 27;

/** Versions of PIL differ in how they convert 16 bits to 8. */
const DEEP = 'has 16 bits per channel, but only 8 bits are supported. Convert it, or remove it';

/** Decodes the content of a file. Throws UserError that names the file if it is truncated, corrupt or of another format. */
export function decodeImage(file: string, bytes: Uint8Array): DecodedImage {
  try {
    const { kind, width, height, channels, bits } = readHeader(bytes);
    if (width === 0 || height === 0) throw new Error(`has the size ${height} × ${width}`);
    if (width * height > MOST_PIXELS) throw new Error(`has ${height} × ${width} pixels, more than 134 million`);
    if (kind === 'png' && bits === 16) throw badFile(file, DEEP);
    if (kind === 'png') return decodePng(withoutTransparency(bytes));
    return channels === 4 ? decodeFourChannels(bytes) : decodeJpeg(bytes);
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { message } = error as Error;
    throw badFile(file, `${message}. Copy or download it again, or remove it`);
  }
}

const [SIGNATURE, CHUNK, TRANSPARENCY] = [8, 12, 0x74524e53];

/**
 * Removes the chunks “tRNS” of a PNG, which make one of its colors transparent. The decoder would replace this color by black, but a
 * conversion to RGB keeps it.
 */
function withoutTransparency(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Uint8Array[] = [];
  let from = 0;
  for (let at = SIGNATURE; at + CHUNK <= bytes.length;) {
    const end = at + CHUNK + view.getUint32(at); // a chunk has its length, its type, its data and a checksum
    if (view.getUint32(at + 4) === TRANSPARENCY) {
      kept.push(bytes.subarray(from, at));
      from = end;
    }
    at = end;
  }
  return from === 0 ? bytes : Buffer.concat([...kept, bytes.subarray(from)]);
}

function decodePng(bytes: Uint8Array): DecodedImage {
  try {
    const { width, height, data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return { width, height, pixels: withoutAlpha(data) };
  } catch (error) {
    throw new Error(`is truncated or corrupt (${(error as Error).message.replace(/\.$/, '')})`, { cause: error });
  }
}

/** Decodes a JPEG in CMYK. The other decoder cannot, and ImageNet has a few of them. */
function decodeFourChannels(bytes: Uint8Array): DecodedImage {
  try {
    const { width, height, data } = decodeCmyk(bytes, {
      useTArray: true,
      formatAsRGBA: false,
      tolerantDecoding: false,
    });
    return { width, height, pixels: data };
  } catch (error) {
    throw new Error(`is truncated or corrupt (${(error as Error).message})`, { cause: error });
  }
}

/** The program of `@jsquash/jpeg`. Its own types need the types of a browser. */
interface Decoder {
  decode(bytes: Uint8Array, turn: boolean): { width: number; height: number; data: Uint8ClampedArray } | null;
}

const startProgram = factory as (options: object) => Promise<unknown>;

let program: WebAssembly.Module | undefined;
let decoder: Decoder | undefined;
/** What the decoder reported about the image. */
const reports: string[] = [];

function decodeJpeg(bytes: Uint8Array): DecodedImage {
  reports.length = 0;
  let decoded: ReturnType<Decoder['decode']>;
  try {
    decoder ??= startDecoder();
    decoded = decoder.decode(bytes, false);
  } catch {
    decoder = undefined; // the decoder ends its program at an error, and cannot be used again
    throw new Error(`is truncated or corrupt (${reports.join('; ') || 'it cannot be decoded'})`);
  }
  // Decoders fill the rest of a truncated image with gray. Other reports, for example of unused bytes, do no harm.
  if (!decoded || reports.some((report) => report.includes('Premature end'))) throw new Error('is truncated');
  const { width, height, data } = decoded;
  return { width, height, pixels: withoutAlpha(data) };
}

/** Starts a program that decodes one image after another. The program of `@jsquash/jpeg` starts at once if it need not be loaded. */
function startDecoder(): Decoder {
  program ??= new WebAssembly.Module(readFileSync(programFile()));
  const compiled = program;
  const starting = {
    noInitialRun: true,
    locateFile: (file: string) => file,
    print: (report: string) => reports.push(report),
    printErr: (report: string) => reports.push(report),
    instantiateWasm: (
      imports: Record<string, Record<string, unknown>>,
      done: (instance: WebAssembly.Instance) => void,
    ) => {
      const instance = new WebAssembly.Instance(compiled, imports);
      done(instance);
      return instance.exports;
    },
  };
  void startProgram(starting);
  return starting as typeof starting & Decoder;
}

const PROGRAM = 'mozjpeg_dec.wasm';

/** Returns the file of the decoder: beside the bundle, or in the package. */
function programFile(): string {
  const bundled = path.join(__dirname, PROGRAM);
  return existsSync(bundled) ? bundled : createRequire(__filename).resolve(`@jsquash/jpeg/codec/dec/${PROGRAM}`);
}

function withoutAlpha(rgba: Uint8Array | Uint8ClampedArray): Uint8Array {
  const rgb = new Uint8Array((rgba.length / 4) * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) {
    rgb[to] = rgba[from]!;
    rgb[to + 1] = rgba[from + 1]!;
    rgb[to + 2] = rgba[from + 2]!;
  }
  return rgb;
}
