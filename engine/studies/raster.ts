/** Draws the SVG of a figure as a PNG. The renderer and its font are loaded only when a PNG is asked for. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../errors';
import type { Pixels } from '../vocabulary/studyRequest';
import { withTexts } from './pngTexts';

export interface RasterOptions {
  /** Size in millimetres. */
  width: number;
  height: number;
  /** Pixels per inch. */
  dpi: number;
  /** Texts that are in the file, but not visible, by their keyword in the PNG specification. */
  texts: Readonly<Record<string, string>>;
}

export interface Raster {
  png: Uint8Array;
  pixels: Pixels;
}

const MM_PER_INCH = 25.4;

/** The renderer needs four bytes for each pixel, twice. */
const MOST_PIXELS = 50e6;

/** The font has the metrics of Arial and Helvetica, which the SVG names. */
const [PROGRAM, FONT] = ['index_bg.wasm', 'Arimo_400Regular.ttf'] as const;
const FAMILY = 'Arimo';

/** A character that is in none of these ranges of the font's character map: Latin, Greek, Cyrillic, punctuation, arrows and mathematics. */
const FOREIGN =
  /[^\t\n -~\u00a0-\u0377\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u052f\u1e00-\u1eff\u2000-\u2064\u2074-\u208e\u2100-\u214f\u2190-\u2195\u2202\u2206\u220f\u2211\u2212\u221a\u221e\u222b\u2248\u2260\u2261\u2264\u2265]/u;

/**
 * Returns the PNG of an SVG with this size. Its pixels are millimetres / 25.4 · dpi, rounded. Throws UserError for more than 50 million
 * pixels, and for texts with characters that the font does not have.
 */
export async function rasterOf(svg: string, { width, height, dpi, texts }: RasterOptions): Promise<Raster> {
  const [wide, high] = [width, height].map((side) => Math.round((side / MM_PER_INCH) * dpi)) as [number, number];
  if (wide * high > MOST_PIXELS)
    throw new UserError(
      `A figure of ${width} × ${height} mm has ${wide} × ${high} pixels at ${dpi} dpi, which is more than ${MOST_PIXELS / 1e6} million. Lower the dots per inch or the width.`,
    );
  const foreign = FOREIGN.exec(svg.replace(/<(title|desc)>[^]*?<\/\1>/g, ''))?.[0];
  if (foreign !== undefined)
    throw new UserError(
      `The figure has the character “${foreign}”, which the font for PNG does not have. Write the figure as SVG, or use Latin, Greek or Cyrillic names.`,
    );
  const { Resvg, font } = await renderer();
  const image = new Resvg(inPixels(svg, wide, high), {
    font: { fontBuffers: [font], defaultFontFamily: FAMILY, sansSerifFamily: FAMILY },
  });
  const rendered = image.render();
  try {
    const pixels = { width: rendered.width, height: rendered.height };
    return { png: withTexts(rendered.asPng(), texts, dpi / (MM_PER_INCH / 1000)), pixels };
  } finally {
    rendered.free();
    image.free();
  }
}

/** Replaces the size of an SVG. The renderer alone would derive the height from the rounded width. */
function inPixels(svg: string, width: number, height: number): string {
  const size = `<svg width="${width}" height="${height}" preserveAspectRatio="none"`;
  return svg.replace(/^<svg([^>]*?) width="[^"]*" height="[^"]*"/, `${size}$1`);
}

let loaded: ReturnType<typeof load> | undefined;

/** Loads the renderer once. It can be started only once in a process. */
function renderer(): ReturnType<typeof load> {
  loaded ??= load().catch((error: unknown) => {
    loaded = undefined; // a later figure tries again
    throw error;
  });
  return loaded;
}

async function load() {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  await initWasm(await readFile(fileOf(PROGRAM, '@resvg/resvg-wasm')));
  return { Resvg, font: await readFile(fileOf(FONT, '@expo-google-fonts/arimo/400Regular')) };
}

/** Returns a file beside the bundle, or in its package. */
function fileOf(name: string, folder: string): string {
  const bundled = path.join(__dirname, name === PROGRAM ? 'resvg.wasm' : name);
  return existsSync(bundled) ? bundled : createRequire(__filename).resolve(`${folder}/${name}`);
}
