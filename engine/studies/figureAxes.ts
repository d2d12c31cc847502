/** Lays out and draws the axes of a study's figure. All lengths are in points. */
import { format, scaleLog, scalePoint, type ScaleLinear } from 'd3';
import { shareDomain, shareTicks, valueLabel, type FigureLines } from '../vocabulary/studyLines';
import { FONT, LINE, textWidth, wrapped } from './figureLegend';

/** The plot inside of the figure, with the places of values. */
export interface Frame {
  x: (value: number | string) => number;
  y: ScaleLinear<number, number>;
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export const MARGIN = { top: 4, right: 6, left: 38 };

/** Height below the plot without labels and title. */
const BELOW = 6;

/** Least gap between two labels. */
const GAP = 3;

/** The axis of x: its ends, the places of values, and its texts in lines. */
export interface AxisX {
  left: number;
  right: number;
  place: (value: number | string) => number;
  ticks: { value: number | string; label: string[] }[];
  /** Whether the labels are turned and read from below, because a word is wider than the room of its value. */
  isTurned: boolean;
  title: string[];
  /** Height of the labels. */
  labels: number;
  /** Height of everything below the plot. */
  height: number;
}

/** Returns the axis of x of a figure of this width. It has ticks at the measured values, and breaks labels and titles that are too wide. */
export function axisOf({ xs, isShare, title, shared }: FigureLines, width: number): AxisX {
  const [left, right] = [MARGIN.left, width - MARGIN.right];
  const place = placesOf({ xs, isShare }, [left, right]);
  const room = (right - left) / xs.length - GAP;
  const isTurned =
    !isShare &&
    xs.some((value) =>
      valueLabel(value)
        .split(' ')
        .some((word) => textWidth(word) > room),
    );
  const label = (value: number | string) => (isTurned ? [valueLabel(value)] : wrapped(valueLabel(value), room));
  const ticks = isShare ? apart(shareTicks(xs), place) : xs.map((value) => ({ value, label: label(value) }));
  const texts = ticks.map((one) => one.label);
  const labels = isTurned
    ? Math.max(...texts.flat().map(textWidth))
    : LINE * Math.max(1, ...texts.map(({ length }) => length));
  const along = shared.length === 0 ? title : `${title} (${shared.join(' · ')})`;
  const lines = wrapped(along, 2 * (width - (left + right) / 2 - GAP)); // the text stays inside of the picture
  const height = BELOW + labels + LINE * lines.length;
  return { left, right, place, ticks, isTurned, title: lines, labels, height };
}

function placesOf({ xs, isShare }: Pick<FigureLines, 'xs' | 'isShare'>, [left, right]: [number, number]): Frame['x'] {
  if (isShare) {
    const scale = scaleLog(shareDomain(xs), [left + 6, right - 6]);
    return (value) => scale(Number(value));
  }
  const scale = scalePoint(xs.map(String), [left, right]).padding(0.5);
  return (value) => scale(String(value)) ?? left;
}

/** Labels no value whose label would touch the one before. */
function apart(values: readonly number[], place: Frame['x']): AxisX['ticks'] {
  let end = -Infinity;
  return values.map((value) => {
    const label = format('.3~g')(value);
    const [at, half] = [place(value), textWidth(label) / 2];
    if (at - half < end + GAP) return { value, label: [] };
    end = at + half;
    return { value, label: [label] };
  });
}

export function drawAxes(
  { x, y, left, right, top, bottom }: Frame,
  { ticks, isTurned, title, labels }: AxisX,
  { measure, height }: { measure: string; height: number },
): string[] {
  const text = (at: number, down: number, words: string) =>
    `<text x="${n(at)}" y="${n(bottom + down)}" text-anchor="middle">${escaped(words)}</text>`;
  const below = FONT + 4 + labels;
  const turned = (at: number, words: string) =>
    `<text transform="translate(${n(at + FONT / 3)} ${n(bottom + 4)}) rotate(-90)" text-anchor="end">${escaped(words)}</text>`;
  const most = height - 2 * MARGIN.top;
  const measured = wrapped(measure, most);
  const reach = Math.min(most, Math.max(...measured.map(textWidth))) / 2; // the text stays inside of the picture
  const middle = Math.min(Math.max((top + bottom) / 2, MARGIN.top + reach), height - MARGIN.top - reach);
  return [
    `<path d="M${n(left)} ${n(top)}V${n(bottom)}H${n(right)}" fill="none" stroke="#000000" stroke-width="0.5"/>`,
    ...y
      .ticks(5)
      .map(
        (value) =>
          `<path d="M${n(left - 2)} ${n(y(value))}H${n(right)}" stroke="#dddddd" stroke-width="0.4"/><text x="${n(left - 4)}" y="${n(y(value) + FONT / 3)}" text-anchor="end">${format('~g')(value)}</text>`,
      ),
    ...ticks.map(({ value, label }) => {
      const line = `<path d="M${n(x(value))} ${n(bottom)}v2" stroke="#000000" stroke-width="0.5"/>`;
      const texts = label.map((words, i) =>
        isTurned ? turned(x(value), words) : text(x(value), FONT + 3 + i * LINE, words),
      );
      return line + texts.join('');
    }),
    ...title.map((words, i) => text((left + right) / 2, below + i * LINE, words)),
    ...measured.map(
      (words, i) =>
        `<text transform="translate(${FONT + i * LINE} ${n(middle)}) rotate(-90)" text-anchor="middle">${escaped(words)}</text>`,
    ),
  ];
}

/** Returns a length with two decimals. */
export function n(value: number): string {
  return String(Math.round(100 * value) / 100);
}

/** Returns a text without what has a meaning in SVG. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`).replace(/\p{Cc}/gu, ' ');
}
