/** Mouse and keyboard control of a picture. */
import { weightAt } from '../../charts/camera';
import type { Disposables } from '../../dispose';
import type { Look } from './look';

const ARROWS: Record<string, readonly [number, number]> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
const FAR = 10;
/** Scrolling by this many pixels doubles the scale. */
const WHEEL = 240;
const KEY_ZOOM = 2;

/** Lets the user move camera and cursor with wheel, mouse and keys. `keys` is the element that has the keyboard focus. */
export function bindLook(
  owned: Disposables,
  look: Look,
  { viewport, keys }: { viewport: HTMLElement; keys: HTMLElement },
): void {
  const pointOf = (event: MouseEvent) => {
    const { left, top } = viewport.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };
  // Pictures of different sizes can share a look, so the look first gets the size of the picture under the pointer.
  const here = () => {
    look.resize({ width: viewport.clientWidth, height: viewport.clientHeight });
  };
  owned.listen(viewport, 'wheel', (event) => {
    event.preventDefault();
    here();
    look.zoom(2 ** (-event.deltaY / WHEEL), pointOf(event));
  });
  owned.listen(viewport, 'pointerdown', (event) => {
    if (event.target instanceof HTMLCanvasElement && event.target.classList.contains('minimap')) return;
    viewport.setPointerCapture(event.pointerId);
    keys.focus({ preventScroll: true });
  });
  owned.listen(viewport, 'pointermove', (event) => {
    here();
    if (event.buttons === 1 && viewport.hasPointerCapture(event.pointerId)) look.pan(event.movementX, event.movementY);
    else look.point(weightAt(look.camera, look.extent, pointOf(event)));
  });
  owned.listen(keys, 'keydown', (event) => {
    here();
    if (event.target === keys && pressed(event, look)) event.preventDefault();
  });
}

function pressed({ key, shiftKey, ctrlKey, metaKey, altKey }: KeyboardEvent, look: Look): boolean {
  if (ctrlKey || metaKey || altKey) return false;
  const arrow = ARROWS[key];
  const far = shiftKey ? FAR : 1;
  if (arrow) look.step(arrow[0] * far, arrow[1] * far);
  else if (key === '0') look.fit();
  else if (key === '1') look.actualSize();
  else if (key === '+' || key === '=') look.zoom(KEY_ZOOM);
  else if (key === '-') look.zoom(1 / KEY_ZOOM);
  else if (key === 'Escape') look.point(undefined);
  else return false;
  return true;
}
