import { near, ok } from '../assert';
import { centre, openPanel, type OpenPanel } from '../panel';
import { checkpointPath } from '../world/checkpoints';

const state = { view: 'compare', a: checkpointPath('aws', 2), b: checkpointPath('aws', 6) } as const;
const FLAT = 'layer3.1.conv2'; // 64 × 576

/** Returns the pixels between the picture with its margins, and the text below it. */
function gap({ find }: OpenPanel): number {
  const margins = find('.pictures .column-shares').getBoundingClientRect();
  return find('.pictures .value').getBoundingClientRect().top - margins.bottom;
}

describe('pictures of a flat layer', () => {
  for (const width of [700, 1000, 1600, 2200])
    it(`have their caption directly below them in a panel of ${width} pixels`, async () => {
      await window.person.resize(width, 900);
      const panel = await openPanel(state, { kept: { ...state, memory: { layer: FLAT } } });
      await panel.settled();
      ok(gap(panel) < 60, `${gap(panel)} pixels are empty`);
    });

  it('grow when they are zoomed in, but not beyond the panel', async () => {
    await window.person.resize(1600, 900);
    const panel = await openPanel(state, { kept: { ...state, memory: { layer: FLAT } } });
    const body = panel.find('.pictures .picture');
    const before = body.clientHeight;
    const [x, y] = centre(panel.find('.viewport'));
    await window.person.wheel(x, y, -900);
    await panel.settled();
    ok(body.clientHeight > before + 100, `${body.clientHeight} pixels after ${before}`);
    near(document.documentElement.scrollHeight, window.innerHeight, 1, 'height of the page');
  });
});

describe('compare panel in a narrow window', () => {
  it('shows all columns', async () => {
    await window.person.resize(700, 900);
    const panel = await openPanel(state);
    await panel.settled();
    const { scrollWidth, clientWidth } = panel.find('.comparison > .scroll');
    ok(scrollWidth <= clientWidth, `the table has ${scrollWidth} of ${clientWidth} pixels`);
  });

  it('ends the line of the swipe with the picture', async () => {
    await window.person.resize(1600, 1000);
    const panel = await openPanel(state, { kept: { ...state, memory: { layer: FLAT } } });
    panel.find('[data-value="swipe"]').click();
    await panel.settled();
    const viewport = panel.find('.side-a .viewport');
    const line = Number.parseFloat(getComputedStyle(viewport, '::after').height);
    const margins = panel.find('.side-a .column-shares').getBoundingClientRect();
    near(viewport.getBoundingClientRect().top + line, margins.top, 6);
  });
});
