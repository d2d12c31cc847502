/** Lays out texts of figures. Without a browser the width of a text is not known, so that of each character is estimated from above. */

/** A line of a legend: what a mark looks like and means. */
export interface LegendEntry {
  label: string;
  /** SVG of the mark, whose middle left is the origin. */
  sign: string;
}

export interface Legend {
  /** In points. */
  height: number;
  /** Returns the entries as SVG. `top` is where the legend begins. */
  draw: (top: number) => string[];
}

export const FONT = 7;
export const LINE = 9;

/** Width of the mark and its gap, and the gap of two columns, in points. */
const [SIGN, GAP] = [22, 6];

/** Widths of characters in units of the size of the font. They are those of DejaVu Sans, the widest font that is common. */
function characterWidth(character: string): number {
  if (/[ijlIJftr.,:;'’|!()[\] \u00a0·-]/.test(character)) return 0.42;
  if (/[mwMW@%+=±<>–—]/.test(character)) return 1;
  if (/[A-Z]/.test(character)) return 0.78;
  return /[\u0020-\u04ff]/.test(character) ? 0.64 : 1.1;
}

/** Returns the width of a text in points, or more. */
export function textWidth(text: string): number {
  return FONT * Array.from(text, characterWidth).reduce((sum, width) => sum + width, 0);
}

/** Breaks a text into lines no wider than `width` points: between words, and within a word only if the word alone is wider. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = '';
    for (const character of word) {
      if (line !== '' && textWidth(line + character) > width) {
        lines.push(line);
        line = '';
      }
      line += character;
    }
  }
  return [...lines, line];
}

/** Puts the entries in two columns between `left` and `right`, or in one if a label is too wide for that. */
export function legendOf(
  entries: readonly LegendEntry[],
  { left, right, escaped }: { left: number; right: number; escaped: (text: string) => string },
): Legend {
  const room = (right - left) / 2 - SIGN - GAP;
  const columns = entries.length > 1 && entries.every(({ label }) => textWidth(label) <= room) ? 2 : 1;
  const lines = entries.map(({ label }) => wrapped(label, columns === 2 ? room : right - left - SIGN));
  const rows: number[] = []; // lines of text in each row
  lines.forEach(
    ({ length }, i) => (rows[Math.floor(i / columns)] = Math.max(rows[Math.floor(i / columns)] ?? 0, length)),
  );
  const above = (row: number) => LINE * rows.slice(0, row).reduce((sum, count) => sum + count, 0);
  const draw = (top: number) =>
    entries.map(({ sign }, i) => {
      const [x, y] = [left + (i % columns) * ((right - left) / 2), top + above(Math.floor(i / columns)) + LINE / 2];
      const texts = lines[i]!.map(
        (text, at) => `<text x="${SIGN}" y="${(FONT / 3 + at * LINE).toFixed(2)}">${escaped(text)}</text>`,
      );
      return `<g transform="translate(${x.toFixed(2)} ${y.toFixed(2)})">${sign}${texts.join('')}</g>`;
    });
  return { height: above(rows.length), draw };
}
