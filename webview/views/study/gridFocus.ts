/** The accessible cell of the matrix of runs: one element at the place that has, or would get, the focus. */
import { h } from '../../dom';
import { HEAD_HEIGHT, ROW_HEIGHT, type GridLayout, type Place } from './gridLayout';

export class GridFocus {
  readonly #parent: HTMLElement;
  #row: HTMLElement | undefined;
  #cell: HTMLElement | undefined;

  constructor(parent: HTMLElement) {
    this.#parent = parent;
  }

  /** Position in the window; undefined until the cell is shown. */
  get box(): DOMRect | undefined {
    return this.#cell?.getBoundingClientRect();
  }

  /**
   * Shows the cell at a place with its spoken label. Takes the focus if `moved`. A screen reader speaks a new element, but not a changed one,
   * so another label means another element.
   */
  show({ row, column }: Place, layout: GridLayout, { label, moved }: { label: string; moved: boolean }): void {
    const had = this.#cell !== undefined && this.#cell === document.activeElement;
    if (moved || this.#cell?.getAttribute('aria-label') !== label) {
      this.#row?.remove();
      this.#cell = h('div', {
        ...{ class: 'run-grid-cell', role: 'gridcell', tabindex: 0, 'aria-label': label },
        'aria-colindex': column + 1,
      });
      this.#row = h('div', { role: 'row', 'aria-rowindex': row + 1 }, this.#cell);
      this.#parent.append(this.#row);
      if (had || moved) this.#cell.focus({ preventScroll: true });
    }
    const { style } = this.#cell;
    style.left = `${layout.left + column * layout.cell}px`;
    style.top = `${HEAD_HEIGHT + row * ROW_HEIGHT}px`;
    style.width = `${layout.cell}px`;
    style.height = `${ROW_HEIGHT}px`;
  }
}
