/** Makes many items one tab stop. Arrow keys move between the items (WAI-ARIA roving tabindex). */

const STEPS: Record<string, number> = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 };

export interface RovingOptions {
  /** CSS selector of the items. */
  items: string;
  /** Called after a key has moved the focus to an item. */
  moved?: (item: Element) => void;
  /** Called for Enter or space on an item. */
  press?: (item: Element, event: KeyboardEvent) => void;
}

type Focusable = HTMLElement | SVGElement;

/** Makes the items of a container one tab stop. Call `updateRoving` after the items have changed. */
export function rove(container: Element, { items, moved, press }: RovingOptions): void {
  container.addEventListener('keydown', (event) => {
    const { key, shiftKey } = event as KeyboardEvent;
    if (shiftKey) return; // charts move with Shift and the arrows
    const all = [...container.querySelectorAll<Focusable>(items)];
    const at = all.indexOf(event.target as Focusable);
    if (at < 0) return;
    if (key === 'Enter' || key === ' ') press?.(all[at]!, event as KeyboardEvent);
    else {
      const next = target(key, at, all.length);
      if (next === undefined) return;
      const item = all[next]!;
      stopAt(all, item);
      item.focus();
      moved?.(item);
    }
    event.preventDefault();
  });
  container.addEventListener('focusin', (event) => {
    const all = [...container.querySelectorAll<Focusable>(items)];
    const item = all.find((candidate) => candidate === event.target);
    if (item) stopAt(all, item);
  });
}

function target(key: string, at: number, length: number): number | undefined {
  if (key === 'Home') return 0;
  if (key === 'End') return length - 1;
  const step = STEPS[key];
  return step === undefined ? undefined : Math.min(length - 1, Math.max(0, at + step));
}

function stopAt(all: readonly Element[], item: Element): void {
  for (const other of all) {
    const stop = other === item ? '0' : '-1';
    other.setAttribute('tabindex', stop);
    // The buttons of a row are tab stops only while the row is one.
    for (const inner of other.querySelectorAll('button')) inner.setAttribute('tabindex', stop);
  }
}

/** Keeps exactly one item in the tab order. Prefers the chosen item, then the previous one, then the first. */
export function updateRoving(container: Element, items: string, chosen?: string): void {
  const all = [...container.querySelectorAll(items)];
  const item =
    all.find((candidate) => chosen !== undefined && candidate.matches(chosen)) ??
    all.find((candidate) => candidate.getAttribute('tabindex') === '0') ??
    all[0];
  if (item) stopAt(all, item);
}
