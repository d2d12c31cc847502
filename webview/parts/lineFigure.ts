/** A figure with lines over a common axis: chart, legend with values, and zoom. */
import { drawCurve, type CurvePoint, type Look, type Reference, type Series } from '../charts/curve';
import { bringForward } from '../charts/forward';
import type { AxisOptions, Frame } from '../charts/frame';
import { fitted, type Range } from '../charts/ranges';
import { Disposables, type Disposable } from '../dispose';
import { h } from '../dom';
import { signedFixed } from '../format';
import { Figure, type FigureOptions } from './figure';
import { LineLegend, type LegendColumn, type LegendRow } from './lineLegend';
import { emptyState } from './message';
import { Zoom, type View } from './zoom';

/** A point of a line: a value, or the mean of `n` values with their standard deviation. */
export interface LinePoint extends CurvePoint {
  deviation?: number | undefined;
  n?: number;
}

/** A line with a row in the legend. */
export interface ChartLine {
  key: string;
  name: string;
  color: string;
  look: Look;
  points: LinePoint[];
  /** Lines of single seeds. */
  members?: Series[];
  strong?: boolean;
  faint?: boolean;
  /** Whether its points may be below the axis at first, so that they do not squeeze the other lines. */
  loose?: boolean;
  /** Whether the value does not depend on x. The line has one point, and goes through the whole chart. */
  level?: boolean;
  /** Whether the values along x have no order. The points are not joined, and have error bars. */
  apart?: boolean;
}

export interface LinePicture {
  lines: ChartLine[];
  x: AxisOptions;
  y: Pick<AxisOptions, 'label' | 'format'> & { limits: Range };
  /** The key of the line to which the legend shows the differences, and the title of that column. */
  baseline?: { key: string; title: string; hint: string };
  /** Returns the title of the legend's values at this x. */
  at: (x: number) => string;
  /** Formats a value in the legend. */
  value: (point: LinePoint) => string;
  selected?: string;
  onSelect?: (key: string) => void;
}

/** What a user has changed in a chart. */
export interface LineChoices {
  hidden: string[];
  view?: View;
}

export interface LineFigureOptions extends Omit<FigureOptions, 'draw' | 'used'> {
  /** Returns the lines, or a sentence if there are none yet. */
  picture: () => LinePicture | string;
  choices?: LineChoices | undefined;
  /** Called after the user has hidden a line or zoomed. */
  changed?: (choices: LineChoices) => void;
}

/** Points closer than this (as a ratio of their x) are at the same place. */
const SAME_PLACE = 1.02;

export class LineFigure implements Disposable {
  readonly figure: Figure;
  readonly #options: LineFigureOptions;
  readonly #plot = h('div', { class: 'plot' });
  readonly #legend: LineLegend;
  readonly #zoom: Zoom;
  readonly #owned = new Disposables();
  readonly #hidden: Set<string>;
  #forward: string | undefined;

  constructor(options: LineFigureOptions) {
    this.#options = options;
    this.#hidden = new Set(options.choices?.hidden);
    this.#zoom = new Zoom(this.#plot, options.choices?.view, this.#changed);
    this.#legend = new LineLegend(options.title, { toggle: this.#toggle, bring: this.#bring });
    const controls = h('div', { class: 'line-controls' }, options.controls, this.#zoom.controls);
    this.figure = this.#owned.add(new Figure({ ...options, controls, draw: this.#draw }));
    this.figure.element.classList.add('line-figure');
    this.#owned.add(this.#zoom.owned);
    this.#zoom.listen(this.figure.element);
    this.figure.body.append(this.#plot, this.#legend.element);
    // The first legend makes the plot narrower.
    const observer = new ResizeObserver(this.refresh);
    observer.observe(this.#plot);
    this.#owned.add({
      dispose: () => {
        observer.disconnect();
      },
    });
  }

  get element(): HTMLElement {
    return this.figure.element;
  }

  readonly refresh = (): void => {
    this.figure.refresh();
  };

  dispose(): void {
    this.#owned.dispose();
  }

  readonly #changed = (): void => {
    const { view } = this.#zoom;
    this.#options.changed?.({ hidden: [...this.#hidden], ...(view && { view }) });
    this.refresh();
  };

  readonly #toggle = (key: string): void => {
    if (!this.#hidden.delete(key)) this.#hidden.add(key);
    this.#changed();
  };

  readonly #bring = (key: string | undefined): void => {
    this.#forward = key !== undefined && this.#hidden.has(key) ? undefined : key;
    this.#mark();
  };

  #mark(): void {
    bringForward(this.#plot, this.#forward);
  }

  readonly #draw = (body: HTMLElement): void => {
    const picture = this.#options.picture();
    if (typeof picture === 'string') {
      this.#zoom.controls.hidden = true;
      body.replaceChildren(emptyState(picture));
      return;
    }
    if (!this.#plot.isConnected) body.replaceChildren(this.#plot, this.#legend.element);
    const shown = picture.lines.filter(({ key }) => !this.#hidden.has(key));
    const { clientWidth: width } = this.#plot;
    this.#drawLegend(picture, this.#drawPlot(picture, shown));
    // The legend takes its width from the plot when it gets its rows.
    if (this.#plot.clientWidth !== width) this.#drawLegend(picture, this.#drawPlot(picture, shown));
    this.#mark();
  };

  #drawPlot({ x, y, selected, onSelect }: LinePicture, shown: readonly ChartLine[]): Frame {
    const { limits, ...axis } = y;
    const fit = fitted({ ...valuesOf(shown), limits });
    const all = valuesOf(shown);
    const whole = fitted({ needed: [...all.needed, ...all.loose], limits }).range;
    const view = this.#zoom.within({ x: x.domain, y: fit.range, whole: { x: x.domain, y: whole }, log: x.log });
    const frame = drawCurve(this.#plot, shown.flatMap(seriesOf), {
      width: this.#plot.clientWidth,
      height: this.#plot.clientHeight,
      label: this.#options.title,
      legend: true,
      references: shown.flatMap(referenceOf),
      x: { ...x, domain: view.x },
      y: { ...axis, domain: view.y, cut: view.y[0] > limits[0] },
      ...(selected !== undefined && { selected }),
      ...(onSelect && { onSelect }),
    });
    this.#zoom.frame = frame;
    return frame;
  }

  #drawLegend(picture: LinePicture, frame: Frame): void {
    const { lines, baseline, at, value } = picture;
    const ends = lines.map((line) => ({ line, point: edgePoint(line, frame) }));
    const places = ends.flatMap(({ line, point }) => (point && !line.level ? [point.x] : []));
    const edge = frame.x.domain()[0]! > frame.x.domain()[1]! ? Math.min(...places) : Math.max(...places);
    const base = ends.find(({ line }) => line.key === baseline?.key)?.point?.y;
    const several = ends.some(({ point }) => (point?.n ?? 1) > 1);
    const rows = ends
      .sort((a, b) => (b.point?.y ?? -Infinity) - (a.point?.y ?? -Infinity))
      .map(({ line, point }): LegendRow => {
        const { key, name, color, look, level, apart } = line;
        const elsewhere =
          point && !level && !isSamePlace(point.x, edge) && at(point.x) !== at(edge) ? ` ${at(point.x)}` : '';
        const gap = point && base !== undefined && key !== baseline?.key ? signedFixed(point.y - base, 1) : '–';
        const text = point ? value(point) : '–';
        return {
          ...{ key, color, look, hidden: this.#hidden.has(key) },
          name: `${name}${elsewhere}`,
          tip: `${name}${point ? `: ${text}${level ? '' : ` ${at(point.x)}`}` : ''}`,
          ...(level && { level }),
          ...(apart && { apart }),
          values: [...(several ? [String(point?.n ?? 1)] : []), text, ...(base === undefined ? [] : [gap])],
        };
      });
    this.#legend.draw(columnsOf({ baseline, title: places.length > 0 ? at(edge) : 'value', base, several }), rows);
  }
}

function columnsOf({ baseline, title, base, several }: {
  baseline: LinePicture['baseline'];
  title: string;
  base: number | undefined;
  several: boolean;
}): LegendColumn[] {
  return [
    ...(several ? [{ title: 'n', hint: 'number of runs with different seeds' }] : []),
    { title, hint: 'value of the line at the right edge of the chart; ± one standard deviation over seeds' },
    ...(base === undefined || !baseline ? [] : [{ title: baseline.title, hint: baseline.hint }]),
  ];
} // prettier-ignore

function isSamePlace(a: number, b: number): boolean {
  return Math.max(a, b) <= Math.min(a, b) * SAME_PLACE || a === b;
}

/** Returns the last point of a line that is not to the right of the chart. */
function edgePoint({ points, level }: ChartLine, { x, right }: Frame): LinePoint | undefined {
  if (level) return points[0];
  return points.filter((point) => Number.isFinite(point.y) && x(point.x) <= right + 0.5).at(-1);
}

function valuesOf(lines: readonly ChartLine[]): { needed: number[]; loose: number[] } {
  const valuesIn = ({ points, members = [] }: ChartLine) => [
    ...points.flatMap(({ y, deviation = 0 }) => [y - deviation, y + deviation]),
    ...members.flatMap((member) => member.points.map(({ y }) => y)),
  ];
  const part = (wanted: boolean) => lines.filter(({ loose = false }) => loose === wanted).flatMap(valuesIn);
  return { needed: part(false), loose: part(true) };
}

function seriesOf(line: ChartLine): Series[] {
  const { key, color, look, points, members = [], strong, faint, level, apart } = line;
  if (level) return [];
  const band = points.flatMap(({ x, y, deviation }) =>
    deviation === undefined ? [] : [{ x, low: y - deviation, high: y + deviation }],
  );
  const mean: Series = { key, row: key, color, look, points, band };
  return [
    ...members.map((member) => ({ ...member, row: key })),
    { ...mean, ...(strong && { strong }), ...(faint && { faint }), ...(apart && { apart }) },
  ];
}

function referenceOf({ key, name, color, points: [point], level }: ChartLine): Reference[] {
  if (!level || !point) return [];
  const { y, deviation, tip = name } = point;
  return [{ key, label: name, color, y, tip, ...(deviation !== undefined && { deviation }) }];
}
