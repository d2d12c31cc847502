/** Paints the part of the matrix of runs that is in view: a hue for the method, a fill for what is done, and a mark for the status. */
import { DONE_LOOKS, STATUS_LOOKS } from '../../../engine/vocabulary/looks';
import { isStroked, markPath } from '../../../engine/vocabulary/marks';
import type { StudyRunRow, StudyStatus } from '../../../engine/protocol';
import { firstColor, mix, opaque, readable } from '../../charts/color';
import { readTheme, type Theme } from '../../theme';
import { cellText } from './cellWords';
import { cellAt, type GridCell, type GridRow, type RunGrid } from './grid';
import { columnTitle, HEAD_HEIGHT, MARK_WIDTH, ROW_HEIGHT, visible, type GridLayout, type View } from './gridLayout';

/** The colours of a theme for the matrix. Reading them takes longer than a frame has time for. */
export interface GridColors {
  theme: Theme;
  /** Colours of the statuses that have one of their own. */
  statuses: Partial<Record<StudyStatus, string>>;
  hover: string;
  font: string;
}

const TEXT = 4.5;

export function gridColors(node: HTMLElement): GridColors {
  const theme = readTheme();
  const style = getComputedStyle(node);
  const variable = (name: string) => style.getPropertyValue(`--vscode-${name.replaceAll('.', '-')}`).trim();
  const own = (Object.keys(STATUS_LOOKS) as StudyStatus[]).flatMap((status) => {
    const id = STATUS_LOOKS[status].color;
    if (id === undefined) return [];
    const otherwise = status === 'failed' ? variable('errorForeground') : variable('editorWarning-foreground');
    const color = firstColor(variable(id), otherwise, status === 'failed' ? '#f14c4c' : '#cca700');
    return [[status, readable(opaque(color), theme.background, TEXT)] as const];
  });
  return {
    theme,
    statuses: Object.fromEntries(own),
    hover: mix(theme.background, theme.foreground, 0.08),
    font: style.fontFamily,
  };
}

export interface Painted {
  grid: RunGrid;
  layout: GridLayout;
  view: View;
  runs: ReadonlyMap<string, StudyRunRow>;
  colors: GridColors;
  /** Row under the pointer or with the focus. */
  marked: ReadonlySet<number>;
  /** Returns what to say beside a row. */
  note: (row: GridRow) => string | undefined;
}

export function paintGrid(context: CanvasRenderingContext2D, painted: Painted): void {
  const { layout, view, colors } = painted;
  const range = visible(layout, view);
  context.textBaseline = 'middle';
  context.font = `12px ${colors.font}`;
  for (const row of painted.marked) {
    context.fillStyle = colors.hover;
    context.fillRect(0, HEAD_HEIGHT + row * ROW_HEIGHT - view.y, view.width, ROW_HEIGHT);
  }
  context.save();
  context.beginPath();
  context.rect(layout.left, HEAD_HEIGHT, view.width, view.height);
  context.clip();
  context.textAlign = 'center';
  for (let row = range.rows[0]; row < range.rows[1]; row++) {
    for (let column = range.columns[0]; column < range.columns[1]; column++) {
      const cell = cellAt(painted.grid, { row, column }, painted.runs);
      if (cell) paintCell(context, painted, cell, { row, column });
    }
  }
  context.restore();
  context.textAlign = 'left';
  for (let row = range.rows[0]; row < range.rows[1]; row++) paintLabels(context, painted, row, row === range.rows[0]);
  paintHeads(context, painted, range.columns);
}

function hueOf({ method }: GridRow, { theme }: GridColors): string {
  return method ? theme.methods[method] : theme.neutral;
}

/** Shares of the hue in the background of a cell. Text stays readable on them. */
const [FILL, REST] = [0.3, 0.1];

function paintCell(
  context: CanvasRenderingContext2D,
  { grid, layout, view, colors }: Painted,
  cell: GridCell,
  { row, column }: { row: number; column: number },
): void {
  const { theme, statuses } = colors;
  const { status, progress } = cell;
  const x = layout.left + column * layout.cell - view.x;
  const y = HEAD_HEIGHT + row * ROW_HEIGHT - view.y;
  const [width, height] = [layout.cell - 2, ROW_HEIGHT - 2];
  const own = statuses[status];
  const hue = own ?? hueOf(grid.rows[row]!, colors);
  if (status !== 'waiting' && status !== 'queued') {
    const share = status === 'done' ? 1 : (progress ?? 0);
    if (!theme.highContrast) {
      context.fillStyle = mix(theme.background, hue, REST);
      context.fillRect(x + 1, y + 1, width, height);
      context.fillStyle = mix(theme.background, hue, FILL);
      context.fillRect(x + 1, y + 1, width * share, height);
    } else if (share > 0) {
      context.fillStyle = hue;
      context.fillRect(x + 1, y + height - 1, width * share, 2);
    }
  }
  const outline =
    status === 'queued' ? theme.line : (own ?? (status === 'running' || theme.highContrast ? hue : undefined));
  if (outline !== undefined && status !== 'waiting') {
    context.strokeStyle = outline;
    context.strokeRect(x + 1.5, y + 1.5, width - 1, height - 1);
  }
  context.fillStyle = own ?? (status === 'waiting' || status === 'queued' ? theme.muted : theme.foreground);
  context.fillText(fitted(context, cellText(cell), width), x + width / 2 + 1, y + ROW_HEIGHT / 2 + 0.5);
}

function paintLabels(context: CanvasRenderingContext2D, painted: Painted, row: number, first: boolean): void {
  const { grid, layout, view, colors } = painted;
  const line = grid.rows[row]!;
  const before = first ? undefined : grid.rows[row - 1];
  const y = HEAD_HEIGHT + row * ROW_HEIGHT - view.y + ROW_HEIGHT / 2;
  paintMark(context, line, colors, [MARK_WIDTH / 2 + 1, y]);
  let same = true;
  line.labels.forEach((label, at) => {
    same &&= before?.labels[at] === label;
    const { left, width } = layout.labels[at]!;
    context.fillStyle = same ? colors.theme.muted : colors.theme.foreground;
    context.globalAlpha = 1;
    if (!same || at === line.labels.length - 1) context.fillText(fitted(context, label, width - 8), left, y + 0.5);
  });
  const note = layout.notes === undefined ? undefined : painted.note(line);
  if (note === undefined) return;
  context.fillStyle = colors.theme.muted;
  context.fillText(fitted(context, note, view.width - layout.notes! - 4), layout.notes! - view.x, y + 0.5);
}

const RADIUS = 4;
const paths = new Map<string, Path2D>();

function paintMark(
  context: CanvasRenderingContext2D,
  line: GridRow,
  colors: GridColors,
  [x, y]: [number, number],
): void {
  const { shape, open } = line.done ? DONE_LOOKS[line.done] : DONE_LOOKS.retrain;
  let path = paths.get(shape);
  if (!path) paths.set(shape, (path = new Path2D(markPath(shape, RADIUS))));
  context.save();
  context.translate(x, y);
  context.fillStyle = context.strokeStyle = hueOf(line, colors);
  context.lineWidth = 1.5;
  if (!open && !isStroked(shape)) context.fill(path);
  context.stroke(path);
  context.restore();
}

function paintHeads(context: CanvasRenderingContext2D, painted: Painted, columns: readonly [number, number]): void {
  const { grid, layout, view, colors } = painted;
  const { theme } = colors;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, view.width, HEAD_HEIGHT);
  context.fillStyle = theme.muted;
  const y = HEAD_HEIGHT / 2;
  context.textAlign = 'center';
  for (let column = columns[0]; column < columns[1]; column++) {
    const x = layout.left + (column + 0.5) * layout.cell - view.x;
    if (x > layout.left) context.fillText(fitted(context, columnTitle(grid, column), layout.cell - 2), x, y);
  }
  context.fillStyle = theme.background;
  context.fillRect(0, 0, layout.left, HEAD_HEIGHT);
  context.fillStyle = theme.muted;
  context.textAlign = 'left';
  grid.heads.forEach((head, at) => {
    const { left, width } = layout.labels[at]!;
    context.fillText(fitted(context, head, width - 8), left, y);
  });
  context.strokeStyle = theme.line;
  context.beginPath();
  context.moveTo(0, HEAD_HEIGHT - 0.5);
  context.lineTo(view.width, HEAD_HEIGHT - 0.5);
  context.stroke();
}

/** Texts that were cut, by font, width and text: measuring them anew would take most of a frame. */
const cut = new Map<string, string>();
const MOST_CUT = 5_000;

/** Cuts a text at its end so that it fits. */
function fitted(context: CanvasRenderingContext2D, text: string, width: number): string {
  const key = `${context.font} ${Math.round(width)} ${text}`;
  const known = cut.get(key);
  if (known !== undefined) return known;
  let [fits, tooLong] = [0, text.length + 1];
  const wide = (length: number) => context.measureText(length < text.length ? `${text.slice(0, length)}…` : text).width;
  if (wide(text.length) <= width) fits = text.length;
  else
    while (tooLong - fits > 1) {
      const middle = Math.floor((fits + tooLong) / 2);
      if (wide(middle) <= width) fits = middle;
      else tooLong = middle;
    }
  if (cut.size > MOST_CUT) cut.clear();
  const shown = fits < text.length ? `${text.slice(0, fits)}…` : text;
  cut.set(key, shown);
  return shown;
}
