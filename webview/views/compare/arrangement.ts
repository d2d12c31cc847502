/**
 * Arranges the pictures of A and B: side by side, or on top of each other. On top of each other, they are separated by a slider or shown in
 * turns.
 */
import { Disposables } from '../../dispose';
import { button, h, setAttribute } from '../../dom';

export const ARRANGEMENTS = ['beside', 'swipe', 'blink'] as const;
export type Arrangement = (typeof ARRANGEMENTS)[number];

export const ARRANGEMENT_ITEMS: { value: Arrangement; label: string; title: string }[] = [
  { value: 'beside', label: 'side by side', title: 'A, B and their difference beside each other' },
  { value: 'swipe', label: 'swipe', title: 'B over A, up to a line that you move' },
  { value: 'blink', label: 'blink', title: 'A and B in turns at the same place' },
];

/** Time for which each picture is shown. */
const BLINK_MS = 800;

/** The pictures of A and B with the controls of their arrangement. */
export class Arranged {
  readonly owned = new Disposables();
  readonly controls = h('div', { class: 'arrangement' });
  readonly #pictures: HTMLElement;
  readonly #slider = h('input', { type: 'range', min: 0, max: 100, value: 50, 'aria-label': 'Line between A and B' });
  readonly #side = button({ label: 'Show B', press: () => { this.#show(!this.#showsB); } }); // prettier-ignore
  readonly #play = button({ label: 'Pause', press: () => { this.#run(this.#timer === undefined); } }); // prettier-ignore
  #timer: ReturnType<typeof setInterval> | undefined;
  #showsB = false;

  constructor(pictures: HTMLElement) {
    this.#pictures = pictures;
    this.#slider.addEventListener('input', this.#swipe);
    this.owned.add({
      dispose: () => {
        clearInterval(this.#timer);
      },
    });
  }

  /** Arranges the pictures. Blinking starts by itself, unless the user wants less motion. */
  arrange(arrangement: Arrangement): void {
    setAttribute(this.#pictures, 'data-arrangement', arrangement);
    this.controls.replaceChildren(
      ...(arrangement === 'swipe' ? [h('span', {}, 'A'), this.#slider, h('span', {}, 'B')] : []),
      ...(arrangement === 'blink' ? [this.#side, this.#play] : []),
    );
    this.#swipe();
    this.#run(arrangement === 'blink' && !wantsLessMotion());
    this.#show(false);
  }

  readonly #swipe = (): void => {
    this.#pictures.style.setProperty('--swipe', `${this.#slider.value}%`);
  };

  #show(b: boolean): void {
    this.#showsB = b;
    setAttribute(this.#pictures, 'data-shown', b ? 'b' : 'a');
    name(this.#side, b ? 'Show A' : 'Show B');
  }

  #run(running: boolean): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (running)
      this.#timer = setInterval(() => {
        this.#show(!this.#showsB);
      }, BLINK_MS);
    name(this.#play, running ? 'Pause' : 'Blink');
  }
}

function name(element: HTMLButtonElement, label: string): void {
  element.textContent = label;
  element.title = label;
}

function wantsLessMotion(): boolean {
  return (
    document.body.classList.contains('vscode-reduce-motion') ||
    window.matchMedia('(prefers-reduced-motion: reduce)').matches
  );
}
