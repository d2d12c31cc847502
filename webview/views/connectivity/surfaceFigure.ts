/** The figure of a loss surface. */
import type { RelatedSnapshot } from '../../../engine/protocol';
import { drawSurface, surfaceHeight, type DrawnSurface } from '../../charts/surface';
import { tick } from '../../format';
import type { Host } from '../../host';
import { choice } from '../../parts/choice';
import { Figure, type Size } from '../../parts/figure';
import { emptyState } from '../../parts/message';
import { hideTip, showTip } from '../../parts/tooltip';
import {
  SURFACE_QUANTITIES,
  SURFACE_WORDS,
  surfaceCaption,
  surfaceData,
  surfaceTable,
  type SurfaceQuantity,
} from './surfaceData';

export interface SurfaceSource {
  host: Host;
  run: () => RelatedSnapshot;
  quantity: () => SurfaceQuantity;
  choose: (quantity: SurfaceQuantity) => void;
}

const TITLE = 'Loss surface';

/** Makes the figure, with a choice of the quantity. A cell under the pointer shows its values. */
export function surfaceFigure({ host, run, quantity, choose }: SurfaceSource): Figure {
  let drawn: DrawnSurface | undefined;
  const items = SURFACE_QUANTITIES.map((value) => ({ value, label: SURFACE_WORDS[value].name }));
  const draw = (body: HTMLElement, size: Size) => {
    const data = surfaceData(run(), quantity());
    if (!data) {
      drawn = undefined;
      body.style.maxHeight = '';
      body.replaceChildren(emptyState('The surface appears here when its first networks are measured.'));
      return;
    }
    body.querySelector('.empty')?.remove();
    body.style.maxHeight = `${surfaceHeight(data, size.width)}px`; // the caption follows the plot
    const words = {
      label: TITLE,
      x: 'distance from A along B − A',
      y: 'distance from the line AB',
      format: tick,
    };
    drawn = drawSurface(body, data, { ...size, ...words });
  };
  const figure = new Figure({
    host,
    title: TITLE,
    file: () => `surface-${quantity()}`,
    files: () => run().sources.map(({ file }) => file),
    controls: choice({ label: 'Quantity', items, chosen: quantity(), choose }),
    draw,
    data: () => surfaceTable(run()),
    caption: () => surfaceCaption(run(), quantity()),
  });
  showCells(figure.body, (x, y) => drawn?.cellAt(x, y)?.tip);
  return figure;
}

/** Shows the tooltip of the cell under the pointer. Checkpoints have tooltips of their own. */
function showCells(body: HTMLElement, tipAt: (x: number, y: number) => string | undefined): void {
  body.addEventListener('pointermove', (event) => {
    if (event.target instanceof Element && event.target.closest('.end-mark')) return;
    const { left, top } = body.getBoundingClientRect();
    const tip = tipAt(event.clientX - left, event.clientY - top);
    if (tip === undefined) hideTip();
    else showTip(tip, event.clientX, event.clientY);
  });
  body.addEventListener('pointerleave', hideTip);
}
