import { planeEnds } from '../../../engine/vocabulary/surfaceGrid';
import { channels } from '../../../webview/charts/color';
import { surfaceColor } from '../../../webview/charts/surface';
import { readTheme } from '../../../webview/theme';
import { scaleOf } from '../../../webview/views/connectivity/surfaceData';
import { equal, matches, ok } from '../assert';
import { centre, openPanel, pixel } from '../panel';
import { surfaceRun, unfinished } from '../world/surface';
import { answersOf } from '../world/world';

const run = surfaceRun('surface');
const state = { view: 'connectivity', directories: [run.directory] } as const;
const open = (shown = run) =>
  openPanel({ ...state, directories: [...state.directories] }, { answers: answersOf([shown]) });

describe('surface panel', () => {
  it('names the three checkpoints, the plane and the range of the values', async () => {
    const { find, all } = await open();
    matches(find('h1').textContent, /A aws-seed1\/final · B aws-seed2\/final · C lrr-seed2\/final$/);
    matches(
      find('.finding').textContent,
      /^444 of 444 networks measured\. On the grid, the test error is between 8\.\d+ % and/,
    );
    const caption = find('figcaption').textContent;
    matches(
      caption,
      /Garipov et al\. 2018\): A aws-seed1\/final \(8\.00 %\), B aws-seed2\/final \(8\.00 %\), C lrr-seed2/,
    );
    matches(caption, /Contour lines: 10, 20, .* %\..*re-estimated/);
    equal(all('figure').length, 1);
    equal(
      all('.end-mark text').map(({ textContent }) => textContent),
      ['A', 'B', 'C'],
    );
  });

  it('puts A, B and C where they are in weight space, with the same scale on both axes', async () => {
    const { all } = await open();
    const [a, b, c] = all('.end-mark circle').map((mark) => centre(mark));
    const { x, width, height } = run.plane!;
    const unit = (b![0] - a![0]) / width;
    ok(unit > 0 && Math.abs(a![1] - b![1]) < 0.5, 'A and B are level');
    ok(Math.abs(c![0] - a![0] - x * width * unit) < 1, 'C is above its foot');
    ok(Math.abs(a![1] - c![1] - height * unit) < 1, 'C is as high as it is far');
  });

  it('colours each cell by its value, and describes it under the pointer', async () => {
    const { all, find } = await open();
    const [a, b] = all('.end-mark circle').map((mark) => centre(mark));
    const canvas = find('.figure-body canvas') as HTMLCanvasElement;
    const { left, top } = canvas.getBoundingClientRect();
    const grid = run.cells!.filter(({ end }) => end === undefined);
    const cell = grid[5 * 21 + 3]!;
    const at = [
      a![0] + cell.x * (b![0] - a![0]),
      a![1] - cell.y * run.plane!.height * ((b![0] - a![0]) / run.plane!.width),
    ] as const;
    const scale = scaleOf(run.cells!.map(({ test }) => 100 - test.accuracy));
    const color = surfaceColor(scale.share(100 - cell.test.accuracy), readTheme());
    equal(pixel(canvas, at[0] - left, at[1] - top), channels(color));
    await window.person.move(at[0], at[1]);
    const error = (100 - cell.test.accuracy).toPrecision(3);
    matches(document.querySelector('.tooltip')!.textContent, new RegExp(`test error ${error.replace('.', '\\.')} %`));
  });

  it('shows the loss instead of the error, on a logarithmic scale if it differs by orders of magnitude', async () => {
    const { find, host, settled } = await open();
    const before = find('.contours').innerHTML;
    find('[data-value="trainLoss"]').click();
    await settled();
    ok(find('.contours').innerHTML !== before, 'other lines');
    matches(find('.legend').textContent, /train loss, nats, log scale/);
    matches(find('figcaption').textContent, /^Train loss on the plane/);
    equal(host.kept, { ...state, memory: { surface: 'trainLoss' } });
  });

  it('has a table of all networks and exports it', async () => {
    const { find, all, host, settled } = await open();
    find('figure .icon-button').click();
    equal(all('figure tbody tr').length, 444);
    find('figure button[title="Save as CSV"]').click();
    await settled();
    const [saved] = host.actions;
    ok(saved?.action === 'save' && saved.name === 'surface-testError.csv', 'the name');
    matches(saved.content, /^C lrr-seed2\/final,10\.29,19\.8,8/m);
  });

  it('draws the networks that are measured so far, and counts them', async () => {
    const panel = await open(unfinished(run, 3));
    matches(panel.find('.empty').textContent, /appears here/);
    matches(panel.find('.finding').textContent, /^Loss surface running, 3 of 444 networks measured\.$/);
    const tell = (cells: typeof run.cells) => {
      const delta = { directory: run.directory, reset: false, append: { cells: cells! }, set: {} };
      panel.host.tell({ type: 'event', event: 'run/changed', params: delta });
    };
    tell(run.cells!.slice(3, 3 + 21 + 4));
    await panel.settled();
    matches(panel.find('figcaption').textContent, /Not complete: 28 of 444/);
    equal(panel.all('.contour').length, 0, 'one row has no contours');
    tell(run.cells!.slice(3 + 21 + 4, 200));
    await panel.settled();
    ok(panel.all('.contour').length > 0, 'contours of the complete rows');
  });

  it('draws networks whose loss is not finite', async () => {
    const cells = run.cells!.map((cell, i) => (i === 30 ? { ...cell, test: { loss: NaN, accuracy: 10 } } : cell));
    const { find, settled } = await open({ ...run, cells });
    find('[data-value="testLoss"]').click();
    await settled();
    ok(!find('.contours').innerHTML.includes('NaN') && !find('figcaption').textContent.includes('–'), 'no NaN');
  });
});

describe('the places of a surface', () => {
  it('are A, B and C', () => {
    equal(planeEnds({ x: 0.3, width: 1, height: 1 }).map(({ x, y }) => [x, y]), [[0, 0], [1, 0], [0.3, 1]]); // prettier-ignore
  });
});
