/** The listed layers as a picture for export: names, and bars of kept shares, signs and sizes. */
import { groupOf, svgOf, type Layer } from '../../charts/frame';
import { drawSwatches } from '../../charts/legend';
import { h } from '../../dom';
import { count, percent, plural } from '../../format';
import { svgDocument } from '../../parts/picture';
import { readTheme, type Theme } from '../../theme';
import type { LayerRow } from './layerTree';

const ROW = 18;
const BAR = { width: 90, height: 9 };
const INDENT = 12;
const CHARACTER = 6.4;
const GAP = 16;
/** Width of a number with its unit. */
const NUMBER = 72;
const LEGEND = 24;
/** Rows of a picture. More would not fit on a page, or into a PNG. */
export const MOST_ROWS = 500;

interface Box {
  x: number;
  y: number;
  width: number;
  color: string;
}

interface Word {
  x: number;
  y: number;
  text: string;
}

/** Returns an SVG document with the first rows. */
export function listPicture(rows: readonly LayerRow[], title: string): string {
  const shown = rows.slice(0, MOST_ROWS);
  const node = h('div', { class: 'offscreen' });
  document.body.append(node);
  try {
    draw(node, shown, title);
    const rest = rows.length > shown.length ? ` The first ${shown.length} of ${plural(rows.length, 'row')}.` : '';
    const caption = `Kept share, signs of the kept weights, and number of weights relative to the largest layer.${rest}`;
    return svgDocument(node, { title, caption });
  } finally {
    node.remove();
  }
}

function draw(node: HTMLElement, rows: readonly LayerRow[], title: string): void {
  const theme = readTheme();
  const nameOf = ({ label, depth }: LayerRow) => label.length * CHARACTER + depth * INDENT;
  const names = rows.reduce((most, row) => Math.max(most, nameOf(row)), 60) + GAP;
  const columns = [0, 1, 2].map((place) => names + place * (BAR.width + NUMBER + GAP));
  const width = columns[2]! + BAR.width + NUMBER + GAP;
  const height = (rows.length + 1) * ROW + LEGEND;
  node.style.width = `${width}px`;
  node.style.height = `${height}px`;
  const svg = svgOf(node, { width, height, label: title });
  const heads = ['kept', '+ / −', 'weights'].map((text, place): Word => ({ x: columns[place]!, y: 0, text }));
  const most = rows.reduce((max, { header, numbers }) => (header ? Math.max(max, numbers.count) : max), 1);
  const made = rows.map((row, place) => partsOf(row, { y: (place + 1) * ROW, columns, most, theme }));
  drawBoxes(
    groupOf(svg, 'bars'),
    made.flatMap(({ boxes }) => boxes),
  );
  drawFrames(
    groupOf(svg, 'frames'),
    made.flatMap(({ frames }) => frames),
    theme,
  );
  drawWords(groupOf(svg, 'words'), [...heads, ...made.flatMap(({ words }) => words)]);
  const legend = groupOf(svg, 'legend').attr('transform', `translate(0,${(rows.length + 1) * ROW + 4})`);
  drawSwatches(
    legend,
    [
      { label: '+', color: theme.positive },
      { label: '−', color: theme.negative },
    ],
    width,
  );
}

/** Returns the bars and texts of a row. */
function partsOf(
  { label, depth, header, numbers }: LayerRow,
  { y, columns, most, theme }: { y: number; columns: readonly number[]; most: number; theme: Theme },
): { boxes: Box[]; frames: Box[]; words: Word[] } {
  const [keptX, signX, sizeX] = columns as [number, number, number];
  const { count: all, kept, positive = 0, negative = 0 } = numbers;
  const box = (x: number, share: number, color: string): Box => ({ x, y, width: share * BAR.width, color });
  const size = header ? [box(sizeX, all / most, theme.neutral)] : [];
  const number = (x: number, text: string): Word => ({ x: x + BAR.width + 8, y, text });
  const words: Word[] = [{ x: depth * INDENT, y, text: label }, number(sizeX, count(all))];
  if (kept === undefined) return { boxes: size, frames: size.map((one) => ({ ...one, width: BAR.width })), words };
  const [plus, minus] = [positive / kept || 0, negative / kept || 0];
  const boxes = [
    box(keptX, kept / all, theme.neutral),
    box(signX, plus, theme.positive),
    box(signX + plus * BAR.width, minus, theme.negative),
    ...size,
  ];
  const frames = [keptX, signX, ...(header ? [sizeX] : [])].map((x) => box(x, 1, 'none'));
  return { boxes, frames, words: [...words, number(keptX, percent(kept / all)), number(signX, `+ ${percent(plus)}`)] };
}

function drawBoxes(layer: Layer, boxes: readonly Box[]): void {
  const drawn = layer.selectAll('rect').data(boxes).join('rect').attr('height', BAR.height);
  drawn.attr('x', ({ x }) => x).attr('y', ({ y }) => y + (ROW - BAR.height) / 2);
  drawn.attr('width', ({ width }) => width).attr('fill', ({ color }) => color);
}

function drawFrames(layer: Layer, frames: readonly Box[], { line }: Theme): void {
  drawBoxes(layer, frames);
  layer.selectAll('rect').attr('fill', 'none').attr('stroke', line);
}

function drawWords(layer: Layer, words: readonly Word[]): void {
  const drawn = layer.selectAll('text').data(words).join('text').attr('dominant-baseline', 'central');
  drawn.attr('x', ({ x }) => x).attr('y', ({ y }) => y + ROW / 2);
  drawn.attr('class', 'end-label').text(({ text }) => text);
}
