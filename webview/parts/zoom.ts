/** Zooms a chart by mouse (drag a range, Ctrl + wheel, double click) and by keyboard (+, −, 0, Shift + arrows), and with buttons. */
import { between, moved, zoomed, type Range, type RangeOptions } from '../charts/ranges';
import type { Frame } from '../charts/frame';
import { Disposables } from '../dispose';
import { button, h } from '../dom';

/** The part of a chart that is shown. */
export interface View {
  x: Range;
  y: Range;
}

export interface Fitting extends View {
  /** The widest view. */
  whole: View;
  /** Whether x is logarithmic. */
  log?: boolean | undefined;
}

/** A drag of fewer pixels along an axis does not zoom this axis. */
const LEAST_DRAG = 8;
const STEP = 0.6;
const PAN = 0.25;

const PANS: Record<string, readonly [axis: 'x' | 'y', share: number]> = {
  ArrowLeft: ['x', -PAN],
  ArrowRight: ['x', PAN],
  ArrowUp: ['y', PAN],
  ArrowDown: ['y', -PAN],
};

function isSame(a: View, b: View): boolean {
  return [...a.x, ...a.y].every((value, place) => Math.abs(value - [...b.x, ...b.y][place]!) < 1e-9);
}

export class Zoom {
  readonly owned = new Disposables();
  readonly controls: HTMLElement;
  /** The frame as it was drawn last. */
  frame: Frame | undefined;
  readonly #plot: HTMLElement;
  readonly #changed: () => void;
  readonly #reset: HTMLButtonElement;
  #view: View | undefined;
  #fitting: Fitting | undefined;
  #from: [number, number] | undefined;

  constructor(plot: HTMLElement, view: View | undefined, changed: () => void) {
    this.#plot = plot;
    this.#view = view;
    this.#changed = changed;
    const tool = (label: string, icon: string, press: () => void) => button({ label, icon, press });
    this.#reset = tool('Back to all lines (0)', 'screen-normal', () => {
      this.#set(undefined);
    });
    this.controls = h(
      'div',
      { class: 'zoom-tools', role: 'group', 'aria-label': 'Zoom' },
      tool('Zoom in (+)', 'zoom-in', () => {
        this.#by(STEP);
      }),
      tool('Zoom out (−)', 'zoom-out', () => {
        this.#by(1 / STEP);
      }),
      this.#reset,
    );
    this.owned.listen(plot, 'pointerdown', this.#start);
    this.owned.listen(plot, 'pointermove', this.#drag);
    this.owned.listen(plot, 'pointerup', this.#end);
    this.owned.listen(plot, 'pointercancel', this.#cancel);
    this.owned.listen(plot, 'wheel', this.#wheel);
    this.owned.listen(plot, 'dblclick', () => {
      this.#set(undefined);
    });
  }

  /** Reads the keys of an element that has the chart and its controls. */
  listen(element: HTMLElement): void {
    this.owned.listen(element, 'keydown', this.#key);
  }

  /** What the user has chosen to see. Undefined if nothing was chosen. */
  get view(): View | undefined {
    return this.#view;
  }

  /** Returns the view to draw: the chosen one, within the whole range, else the fitted one. */
  within(fitting: Fitting): View {
    this.#fitting = fitting;
    this.controls.hidden = false;
    this.#reset.hidden = this.#view === undefined;
    const view = this.#view;
    if (!view) return { x: fitting.x, y: fitting.y };
    return { x: between(...view.x, this.#axis('x')), y: between(...view.y, this.#axis('y')) };
  }

  #axis(axis: 'x' | 'y'): RangeOptions {
    const { whole, log } = this.#fitting!;
    return { whole: whole[axis], ...(axis === 'x' && { log }) };
  }

  #set(view: View | undefined): void {
    const isFitted = view && this.#fitting && isSame(view, this.#fitting);
    this.#view = isFitted ? undefined : view;
    this.#changed();
  }

  #current(): View | undefined {
    return this.#fitting && this.within(this.#fitting);
  }

  /** Zooms about the point with the focus, else about the middle or the given place of the chart (pixels). */
  #by(factor: number, at?: [number, number]): void {
    const { frame } = this;
    const view = this.#current();
    if (!frame || !view) return;
    const [x, y] = at ?? this.#focused() ?? [(frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2];
    this.#set({
      x: zoomed(view.x, { factor, about: frame.x.invert(x) }, this.#axis('x')),
      y: zoomed(view.y, { factor, about: frame.y.invert(y) }, this.#axis('y')),
    });
  }

  #focused(): [number, number] | undefined {
    const focused = document.activeElement;
    if (!focused?.matches('.point') || !this.#plot.contains(focused)) return undefined;
    const { left, top, width, height } = focused.getBoundingClientRect();
    const box = this.#plot.getBoundingClientRect();
    return [left + width / 2 - box.left, top + height / 2 - box.top];
  }

  readonly #key = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const pan = event.shiftKey ? PANS[event.key] : undefined;
    const view = this.#current();
    if (pan && view && this.#view) {
      const [axis, share] = pan;
      this.#set({ ...view, [axis]: moved(view[axis], share, this.#axis(axis)) });
    } else if (event.key === '+' || event.key === '=') this.#by(STEP);
    else if (event.key === '-') this.#by(1 / STEP);
    else if (event.key === '0') this.#set(undefined);
    else return;
    event.preventDefault();
  };

  readonly #wheel = (event: WheelEvent): void => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.#by(Math.exp(event.deltaY / 400), this.#place(event));
  };

  #place({ clientX, clientY }: MouseEvent): [number, number] {
    const { left, top } = this.#plot.getBoundingClientRect();
    return [clientX - left, clientY - top];
  }

  readonly #start = (event: PointerEvent): void => {
    const { frame } = this;
    const [x, y] = this.#place(event);
    const isPoint = (event.target as Element).matches('.point');
    if (event.button !== 0 || isPoint || !frame || x < frame.left || x > frame.right || y > frame.bottom) return;
    this.#from = [x, y];
    this.#plot.setPointerCapture(event.pointerId);
    event.preventDefault();
  };

  /** Returns the ends of the dragged range along an axis, or undefined if the drag is short. */
  #dragged(event: PointerEvent, axis: 0 | 1): [number, number] | undefined {
    const { frame } = this;
    if (!frame || !this.#from) return undefined;
    const [low, high] = axis === 0 ? [frame.left, frame.right] : [frame.top, frame.bottom];
    const ends = [this.#from[axis], this.#place(event)[axis]].map((at) => Math.min(high, Math.max(low, at)));
    const [from, to] = ends.sort((a, b) => a - b) as [number, number];
    return to - from < LEAST_DRAG ? undefined : [from, to];
  }

  readonly #drag = (event: PointerEvent): void => {
    const { frame } = this;
    if (!frame || !this.#from) return;
    const [x, y] = [this.#dragged(event, 0), this.#dragged(event, 1)];
    const [left, right] = x ?? [frame.left, frame.right];
    const [top, bottom] = y ?? [frame.top, frame.bottom];
    const box = frame.layer('zoom').selectAll('rect').data(x ?? y ? [0] : []).join('rect'); // prettier-ignore
    box.attr('x', left).attr('y', top).attr('width', right - left).attr('height', bottom - top); // prettier-ignore
  };

  readonly #end = (event: PointerEvent): void => {
    const [x, y] = [this.#dragged(event, 0), this.#dragged(event, 1)];
    const { frame } = this;
    const view = this.#current();
    this.#cancel();
    if (!frame || !view || (!x && !y)) return;
    this.#set({
      x: x ? between(frame.x.invert(x[0]), frame.x.invert(x[1]), this.#axis('x')) : view.x,
      y: y ? between(frame.y.invert(y[0]), frame.y.invert(y[1]), this.#axis('y')) : view.y,
    });
  };

  readonly #cancel = (): void => {
    this.#from = undefined;
    this.frame?.layer('zoom').selectAll('rect').remove();
  };
}
