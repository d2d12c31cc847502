/** The tooltip of the page. It appears for the element under the pointer or with the focus. */
import { h, setText } from '../dom';

const GAP = 12;
const LONG_AGO = '-9999px';

function bubble(): HTMLElement {
  const existing = document.querySelector<HTMLElement>('body > .tooltip');
  if (existing) return existing;
  const made = h('div', { class: 'tooltip', role: 'tooltip' });
  document.body.append(made);
  return made;
}

/** Shows text near a point of the window (pixels). The tooltip never leaves the window. */
export function showTip(text: string, x: number, y: number): void {
  const element = bubble();
  setText(element, text);
  element.classList.add('shown');
  const { width, height } = element.getBoundingClientRect();
  const left = x + GAP + width > window.innerWidth ? x - GAP - width : x + GAP;
  const top = y + GAP + height > window.innerHeight ? y - GAP - height : y + GAP;
  element.style.left = `${Math.max(0, left)}px`;
  element.style.top = `${Math.max(0, top)}px`;
}

export function hideTip(): void {
  const element = document.querySelector<HTMLElement>('body > .tooltip');
  if (!element) return;
  element.classList.remove('shown');
  element.style.left = LONG_AGO;
}

/** Gives an element a tooltip. Its text is also the element's name for screen readers. Another call replaces the text. */
export function describe(element: HTMLElement | SVGElement, text: string): void {
  element.setAttribute('aria-label', text.replaceAll('\n', '; '));
  if (element instanceof SVGElement && !element.hasAttribute('role')) element.setAttribute('role', 'img');
  const described = element as (HTMLElement | SVGElement) & { tip?: string };
  const first = described.tip === undefined;
  described.tip = text;
  if (!first) return;
  element.addEventListener('pointermove', (event) => {
    showTip(described.tip ?? '', (event as PointerEvent).clientX, (event as PointerEvent).clientY);
  });
  element.addEventListener('focus', () => {
    const { right, top } = element.getBoundingClientRect();
    showTip(described.tip ?? '', right, top);
  });
  for (const end of ['pointerleave', 'blur']) element.addEventListener(end, hideTip);
}
