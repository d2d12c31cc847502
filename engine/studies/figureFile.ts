/** Writes figures of a study to files, as SVG or PNG. */
import path from 'node:path';
import { UserError } from '../errors';
import { caption } from '../vocabulary/studyCells';
import type { StudyTable } from '../vocabulary/study';
import type { FigureFormat, FigureWritten } from '../vocabulary/studyRequest';
import { drawFigure, fairHeight } from './figure';
import { writeResult, type Output, type StudyStates } from './outputs';
import { provenanceOf } from './provenance';
import { rasterOf } from './raster';
import { tablesOf } from './table';

export const FIGURE_FORMATS: readonly FigureFormat[] = ['svg', 'png'];

/** Default size of a figure: millimetres, of which the width is that of a column of a paper, and pixels per inch. */
export const FIGURE_SIZE = { width: 84, height: 60, dpi: 300 } as const;

/** Least and greatest sizes: millimetres, and pixels per inch. */
export const FIGURE_LIMITS = {
  width: { minimum: 50, maximum: 1000 },
  height: { minimum: 30, maximum: 1000 },
  dpi: { minimum: 30, maximum: 2400 },
} as const;

/** What is drawn, and where. */
export interface FigureRequest extends Partial<Output>, Partial<Record<keyof typeof FIGURE_SIZE, number>> {
  /** Name of the table. Default: the first one that is not of kept weights. */
  name?: string;
  /** Default: that of the ending of `out`, else SVG. */
  format?: FigureFormat;
}

/**
 * Draws a table and writes the file, whose default name is that of the table. Without a given height, the figure is as high as its legend
 * needs. Throws UserError for wrong sizes and names, and if there is nothing to draw.
 */
export async function writeFigure(given: StudyStates, request: FigureRequest): Promise<FigureWritten> {
  const { study, states } = given;
  const table = tableToDraw(given, request.name);
  const { width = FIGURE_SIZE.width, dpi = FIGURE_SIZE.dpi } = request;
  checkSize({ width, height: request.height ?? FIGURE_SIZE.height, dpi });
  const format = formatOf(request);
  if (request.dpi !== undefined && format === 'svg')
    throw new UserError('An SVG has no pixels, so dots per inch have no effect.', {
      advice: { terminal: 'Add --format png, or leave out --dpi.', window: 'Choose PNG, or leave out the resolution.' },
    });
  const out = request.out ?? `${table.name}.${format}`;
  checkEnding(out, format, request.format !== undefined);
  const height = request.height ?? Math.max(FIGURE_SIZE.height, fairHeight(table, width));
  const provenance = provenanceOf(study, states);
  const svg = drawFigure(table, { width, height, provenance });
  const place = { out, force: request.force === true };
  const described = { what: 'figure', example: `figure.${format}` };
  if (format === 'svg') return { file: await writeResult(svg, place, described) };
  const texts = { Title: caption(table), Description: provenance.join(' ') };
  const { png, pixels } = await rasterOf(svg, { width, height, dpi, texts });
  return { file: await writeResult(png, place, described), pixels };
}

function formatOf({ format, out = '' }: FigureRequest): FigureFormat {
  return format ?? FIGURE_FORMATS.find((one) => endingOf(out) === `.${one}`) ?? 'svg';
}

function endingOf(file: string): string {
  return path.extname(file).toLowerCase();
}

/** @param isGiven whether the format was given, and is not that of the ending */
function checkEnding(out: string, format: FigureFormat, isGiven: boolean): void {
  if (endingOf(out) === `.${format}`) return;
  const other = FIGURE_FORMATS.find((one) => endingOf(out) === `.${one}`);
  if (other)
    throw new UserError(
      `${out}: the figure is written as ${format.toUpperCase()}. Name a file that ends with .${format},`,
      {
        advice: {
          terminal: `or choose the format with --format ${other}.`,
          window: `or choose the format ${other.toUpperCase()}.`,
        },
      },
    );
  if (isGiven) throw new UserError(`${out}: name a file that ends with .${format}, the format of the figure.`);
  throw new UserError(`${out}: figures are SVG or PNG. Name a file that ends with .svg or .png.`);
}

function tableToDraw({ study, states }: StudyStates, name: string | undefined): StudyTable {
  const tables = tablesOf(study, states, name);
  const drawn = tables.find(({ measure }) => measure !== 'kept') ?? tables[0]; // kept weights need no figure
  if (!drawn) throw new UserError(`${study.file} has no "results", so there is nothing to draw. Add a table.`);
  if (drawn.rows.every(({ cells }) => cells.every((cell) => !cell || cell.n === 0)))
    throw new UserError(
      `${study.file}: no run of the table "${drawn.name}" has a result yet, so there is nothing to draw. Run the study first.`,
    );
  return drawn;
}

function checkSize(size: Record<keyof typeof FIGURE_SIZE, number>): void {
  for (const side of ['width', 'height', 'dpi'] as const) {
    const { minimum, maximum } = FIGURE_LIMITS[side];
    const value = size[side];
    if (value >= minimum && value <= maximum) continue;
    const unit = side === 'dpi' ? '' : ' mm';
    throw new UserError(
      `The ${side} of the figure is ${value}${unit}, but must be from ${minimum} to ${maximum}. Give another ${side}.`,
    );
  }
}
