/** The titles of the table of runs: the order of each column, and its width, which can be dragged. */
import type { SortBy } from '../../../engine/vocabulary/runTable';
import { h, setAttribute } from '../../dom';
import { NARROWEST } from './cells';

const STEP = 16;

export interface HeadOptions {
  resize: (id: string, width: number) => void;
  /** Sets the width back to the default. */
  resetWidth: (id: string) => void;
}

/** Marks the order of a column in its title, and adds the handle that changes its width. */
export function drawHead(
  head: HTMLTableCellElement,
  { id, width, sorts }: { id: string; width: number; sorts: readonly SortBy[] },
  options: HeadOptions,
): void {
  const place = sorts.findIndex(({ column }) => column === id);
  const order = place < 0 ? undefined : sorts[place]!.descending ? 'descending' : 'ascending';
  // Only the column that decides first has `aria-sort`; the others have their place in a tooltip and a mark.
  setAttribute(head, 'aria-sort', place === 0 ? order : undefined);
  setAttribute(head, 'data-order', order);
  setAttribute(head, 'data-place', order && sorts.length > 1 ? String(place + 1) : undefined);
  head.dataset['id'] = id;
  head.dataset['width'] = String(width);
  if (head.querySelector('.resizer')) return;
  const handle = h('span', { class: 'resizer', 'aria-hidden': 'true' });
  handle.addEventListener('pointerdown', (event) => {
    startResizing(event, head, options);
  });
  handle.addEventListener('click', (event) => {
    event.stopPropagation();
  });
  handle.addEventListener('dblclick', () => {
    options.resetWidth(id);
  });
  head.append(handle);
}

function startResizing(event: PointerEvent, head: HTMLElement, { resize }: HeadOptions): void {
  event.preventDefault();
  event.stopPropagation();
  const handle = event.currentTarget as HTMLElement;
  const { id = '', width = '0' } = head.dataset;
  const [from, start] = [event.clientX, Number(width)];
  handle.setPointerCapture(event.pointerId);
  const move = ({ clientX }: PointerEvent) => {
    resize(id, Math.max(NARROWEST, start + clientX - from));
  };
  handle.addEventListener('pointermove', move);
  handle.addEventListener('lostpointercapture', () => { handle.removeEventListener('pointermove', move); }, { once: true }); // prettier-ignore
}

/** Handles Shift with arrow keys on a title, which changes the width of its column. Returns whether it did. */
export function resizeByKey(event: KeyboardEvent, { resize }: HeadOptions): boolean {
  if (!event.shiftKey || (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight')) return false;
  const head = (event.target as Element).closest<HTMLElement>('th[data-id]');
  if (!head) return false;
  const { id = '', width = '0' } = head.dataset;
  resize(id, Math.max(NARROWEST, Number(width) + (event.key === 'ArrowRight' ? STEP : -STEP)));
  event.preventDefault();
  event.stopPropagation();
  return true;
}
