/**
 * Reads images from CSV files, such as mnist_train.csv and mnist_test.csv: a line for each image, with its label and its pixels. The label
 * is in the column named label, class, target or y, or else in the first column.
 */
import path from 'node:path';
import { quote } from '../json/strict';
import { badFile, MISSING } from './fields';
import { listed, listFolder, readFirst } from './files';
import { toChannelsLast } from './layout';
import type { RawSplit } from './split';

const CSV = /\.csv(\.gz)?$/i;
const LABELS = /^"?(label|class|target|y)"?$/i;

/** Finds train and test as words, so that latest.csv and contest.csv are not the test split. */
const WORDS = { train: /(^|[^a-z])train([^a-z]|$)/i, test: /(^|[^a-z])test([^a-z]|$)/i };

/** Reads both splits from the files of a folder whose names contain the words train and test. */
export async function readCsv(
  folder: string,
  layout: 'NCHW' | 'NHWC' = 'NCHW',
): Promise<{ train: RawSplit; test: RawSplit }> {
  const names = await listFolder(folder);
  if (!names) throw badFile(folder, MISSING);
  const read = async (split: 'train' | 'test') => {
    const [name, ...others] = names.filter((candidate) => CSV.test(candidate) && WORDS[split].test(candidate));
    if (name === undefined)
      throw badFile(
        folder,
        `has no .csv file whose name contains the word ${split}. It has ${listed(names.map(quote))}`,
      );
    if (others.length > 0)
      throw badFile(
        folder,
        `has several .csv files whose names contain the word ${split}: ${listed([name, ...others].map(quote))}. Move the others to another folder`,
      );
    const { file, bytes } = await readFirst([path.join(folder, name)]);
    return splitOf(readTable(file, bytes), layout);
  };
  return { train: await read('train'), test: await read('test') };
}

interface Table {
  file: string;
  columns: number;
  /** Index of the column of labels. */
  label: number;
  /** Number in the file of the line of each row. The first line is 1, and empty lines count. */
  lines: Uint32Array;
  values: Float32Array;
}

const [NEWLINE, RETURN, COMMA, ZERO, NINE] = [0x0a, 0x0d, 0x2c, 0x30, 0x39];

function readTable(file: string, bytes: Uint8Array): Table {
  const lines = linesOf(bytes);
  if (lines.length === 0) throw badFile(file, 'is empty');
  const first = textOf(bytes, lines[0]!.range).split(',');
  const columns = first.length;
  const named = first.findIndex((cell) => LABELS.test(cell.trim()));
  const hasHeader = named >= 0 || first.every((cell) => numberIn(cell) === undefined);
  const rows = hasHeader ? lines.slice(1) : lines;
  const values = new Float32Array(rows.length * columns);
  for (const [row, { range, number }] of rows.entries())
    readLine(bytes, range, {
      into: values.subarray(row * columns, (row + 1) * columns),
      refuse: (problem) => badFile(file, `${problem} in line ${number}${number === lines[0]!.number ? HEADER : ''}`),
    });
  return { file, columns, label: Math.max(0, named), lines: Uint32Array.from(rows, ({ number }) => number), values };
}

const HEADER = '. If this line is a header, name the column of the labels label, class, target or y';

type Range = readonly [begin: number, end: number];

interface Line {
  range: Range;
  number: number;
}

/** Returns the lines that are not empty. */
function linesOf(bytes: Uint8Array): Line[] {
  const lines: Line[] = [];
  for (let begin = 0, number = 1; begin < bytes.length; number++) {
    const newline = bytes.indexOf(NEWLINE, begin);
    const next = newline < 0 ? bytes.length : newline;
    const end = bytes[next - 1] === RETURN ? next - 1 : next;
    if (end > begin) lines.push({ range: [begin, end], number });
    begin = next + 1;
  }
  return lines;
}

function textOf(bytes: Uint8Array, [begin, end]: Range): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString();
}

/** Fills `into` with the numbers of a line. Whole numbers are read without making a text of each, which is several times as fast. */
function readLine(
  bytes: Uint8Array,
  [begin, end]: Range,
  { into, refuse }: { into: Float32Array; refuse: (problem: string) => Error },
): void {
  let column = 0;
  for (let at = begin; at <= end; column++) {
    const from = at;
    let value = 0;
    while (at < end && bytes[at]! >= ZERO && bytes[at]! <= NINE) value = 10 * value + bytes[at++]! - ZERO;
    if (at === from || (at < end && bytes[at] !== COMMA)) {
      while (at < end && bytes[at] !== COMMA) at++;
      const text = textOf(bytes, [from, at]);
      const number = numberIn(text);
      if (number === undefined) throw refuse(`has ${quote(text)}, which is not a number,`);
      value = number;
    }
    if (column < into.length) into[column] = value;
    at++;
  }
  if (column !== into.length) throw refuse(`has ${column} values, but ${into.length} in its first line,`);
}

function numberIn(cell: string): number | undefined {
  const text = cell.trim().replace(/^"(.*)"$/, '$1');
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? undefined : number;
}

function splitOf({ file, columns, label, lines, values }: Table, layout: 'NCHW' | 'NHWC'): RawSplit {
  const rows = lines.length;
  const size = columns - 1;
  const channels = Number.isInteger(Math.sqrt(size)) ? 1 : 3;
  const side = Math.sqrt(size / channels);
  if (!Number.isInteger(side) || side === 0)
    throw badFile(
      file,
      `has ${columns} columns. There must be a label and the pixels of a square image, gray or with three channels`,
    );
  const pixels = new Float32Array(rows * size);
  const labels = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const line = values.subarray(row * columns, (row + 1) * columns);
    labels[row] = line[label]!;
    pixels.set(line.subarray(0, label), row * size);
    pixels.set(line.subarray(label + 1), row * size + label);
  }
  const stored = pixels.every(isByte) ? new Uint8Array(pixels) : pixels;
  const planes = { begin: 0, stride: size, count: rows, channels, pixels: side * side };
  const images = channels === 1 || layout === 'NHWC' ? stored : toChannelsLast({ images: stored, ...planes });
  return {
    places: { images: file, labels: file },
    where: (row) => `in line ${lines[row]!}`,
    images,
    shape: [rows, side, side, channels],
    labels,
  };
}

function isByte(value: number): boolean {
  return value >= 0 && value <= 255 && Number.isInteger(value);
}
