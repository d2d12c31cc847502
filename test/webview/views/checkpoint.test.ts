import { channels } from '../../../webview/charts/color';
import { readTheme } from '../../../webview/theme';
import { equal, matches, near, ok } from '../assert';
import { centre, openPanel, pixel, until, type OpenPanel } from '../panel';
import { networks } from '../world/runs';
import { checkpointPath } from '../world/checkpoints';
import { answersOf, study } from '../world/world';

const file = checkpointPath('aws', 6);
const state = { view: 'checkpoint', file } as const;
const names = ({ all }: OpenPanel) => all('.layers tbody tr').map((row) => row.dataset['key']);
const picture = ({ find }: OpenPanel) => find('.viewport > canvas:not(.minimap)') as HTMLCanvasElement;
const conv1 = networks.aws[0]!;

/** Returns the position of a weight of the first layer on the fitted picture. */
function placeOf(panel: OpenPanel, row: number, column: number): [number, number] {
  const { clientWidth: width, clientHeight: height } = picture(panel);
  const scale = Math.min(width / 27, height / 16, 64);
  return [(column + 0.15) * scale, (row + 0.15) * scale];
}

describe('checkpoint panel', () => {
  it('shows header and layers at once, and statistics when they arrive', async () => {
    const panel = await openPanel(state, { hold: ['checkpoint/statistics'] });
    equal(panel.find('h1').textContent, 'aws-seed1 · round 6');
    equal(names(panel).length, 21);
    equal(panel.all('.layers .bar').length, 0);
    panel.host.answerHeld();
    await panel.settled();
    equal(panel.all('.layers .bar').length, 42);
    matches(
      panel.find('.totals').textContent,
      /^26\.2 % of prunable weights kept \(70,697 of 270,256\), 26\.8 % of all parameters kept\.$/,
    );
  });

  it('draws bars whose lengths are the shares', async () => {
    const { find } = await openPanel(state);
    const kept = conv1.masks[6]!.reduce((a, b) => a + b, 0) / conv1.count;
    const bar = find('tr[data-key="conv1"] .bar');
    near(Number(bar.querySelector('.part')!.getAttribute('width')), kept * 64, 0.01);
  });

  it('paints each weight with its sign', async () => {
    const panel = await openPanel(state);
    const { positive, negative, background } = readTheme();
    for (const [row, column] of [
      [0, 0],
      [3, 7],
      [15, 26],
      [8, 13],
    ] as const) {
      const i = row * 27 + column;
      const color = conv1.masks[6]![i] === 0 ? background : conv1.weights[6]![i]! > 0 ? positive : negative;
      equal(pixel(picture(panel), ...placeOf(panel, row, column)), channels(color), `weight ${row}, ${column}`);
    }
  });

  it('changes the mode of the picture by click and by arrow key', async () => {
    const panel = await openPanel(state);
    panel.find('[data-value="mask"]').click();
    await panel.settled();
    const kept = conv1.masks[6]!.indexOf(1);
    const at = placeOf(panel, Math.floor(kept / 27), kept % 27);
    equal(pixel(picture(panel), ...at), channels(readTheme().neutral));
    panel.find('[data-value="mask"]').focus();
    await window.person.key('ArrowRight');
    await panel.settled();
    equal(panel.find('[aria-label="Picture"] [aria-checked="true"]').textContent, 'weight');
    matches(panel.find('.legend').textContent, /symmetric log, largest \|w\| 1?\.?\d/);
    panel.find('[data-value="flips"]').click();
    await panel.settled();
    const flipped = conv1.weights[6]!.findIndex((w, i) => conv1.masks[6]![i] === 1 && w * conv1.init[i]! < 0);
    equal(
      pixel(picture(panel), ...placeOf(panel, Math.floor(flipped / 27), flipped % 27)),
      channels(readTheme().flipped),
    );
  });

  it('shows the exact value under the pointer', async () => {
    const panel = await openPanel(state);
    const [x, y] = placeOf(panel, 12, 11);
    const { left, top } = picture(panel).getBoundingClientRect();
    await window.person.move(left + x, top + y);
    await until(() => panel.find('.value').textContent !== '', 'a value');
    const i = 12 * 27 + 11;
    const value = Math.abs(conv1.weights[6]![i]!).toPrecision(3);
    matches(panel.find('.value').textContent, new RegExp(`^conv1\\[12, 1, 0, 2\\] = −?${value}, (kept|pruned)`));
  });

  it('zooms at the pointer, can be dragged, and is reset by the key 0', async () => {
    const panel = await openPanel(state);
    panel.find('tr[data-key="layer3.2.conv2"]').click();
    await panel.settled();
    const ticks = () => panel.all('.columns .tick text').map(({ textContent }) => Number(textContent));
    const fitted = ticks();
    ok(panel.find('.minimap').hidden, 'a layer seen whole has no map');
    const [x, y] = centre(panel.find('.viewport'));
    await window.person.wheel(x, y, -720);
    await panel.settled();
    await until(() => ticks().length > 0 && ticks().at(-1)! - ticks()[0]! < 100, 'a closer look');
    ok(!panel.find('.minimap').hidden, 'a closer look has a map');
    const before = ticks();
    await window.person.drag([x, y], [x + 200, y]);
    await panel.settled();
    ok(ticks()[0]! < before[0]!, 'dragging to the right shows columns further left');
    panel.find('.picture').focus();
    await window.person.key('0');
    await panel.settled();
    equal(ticks(), fitted);
    await window.person.key('1');
    await panel.settled();
    const { left, right } = panel.find('.row-shares path').getBoundingClientRect();
    ok(right > left, 'margins are drawn');
  });

  it('moves the cursor from weight to weight with the arrow keys', async () => {
    const panel = await openPanel(state);
    panel.find('.picture').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'Shift+ArrowRight']) await window.person.key(key);
    await until(() => panel.find('.value').textContent.includes('conv1[1, 1, 0, 2]'), 'the value of row 1, column 11');
  });

  it('zooms about the cursor by keyboard', async () => {
    const panel = await openPanel(state);
    panel.find('tr[data-key="layer3.2.conv2"]').click();
    await panel.settled();
    panel.find('.picture').focus();
    await window.person.key('ArrowRight');
    for (let step = 0; step < 50; step++) await window.person.key('Shift+ArrowRight');
    for (let step = 0; step < 5; step++) await window.person.key('+');
    await panel.settled();
    const ticks = panel.all('.columns .tick text').map(({ textContent }) => Number(textContent));
    ok(ticks.length > 0 && ticks[0]! <= 500 && ticks.at(-1)! >= 495, `column 500 is in view: ${ticks.join()}`);
  });

  it('says NaN and infinity in the header, in the picture and in the value', async () => {
    const answers = answersOf(study());
    const { weights } = conv1;
    const [first, second] = [weights[6]![0]!, weights[6]![1]!];
    [weights[6]![0], weights[6]![1]] = [NaN, -Infinity];
    try {
      const panel = await openPanel(state, { answers });
      matches(panel.find('.totals').textContent, /1 weight is NaN and 1 is infinite \(conv1\)\./);
      equal(pixel(picture(panel), ...placeOf(panel, 0, 0)), channels(readTheme().broken));
      panel.find('.picture').focus();
      await window.person.key('ArrowRight');
      await until(() => panel.find('.value').textContent.startsWith('conv1[0, 0, 0, 0] = NaN'), 'the value');
      await window.person.key('ArrowRight');
      await until(() => panel.find('.value').textContent.startsWith('conv1[0, 0, 0, 1] = −∞'), 'the value');
    } finally {
      [weights[6]![0], weights[6]![1]] = [first, second];
    }
  });

  it('exports what is seen: named by run, checkpoint, layer and mode, cropped, and the weights in view', async () => {
    const panel = await openPanel(state);
    equal(panel.find('figure h2').textContent, 'conv1 · 16 × 3 × 3 × 3');
    for (const save of panel.all('figure .figure-tools .button')) save.click();
    await until(() => panel.host.actions.length === 5, 'five files');
    const saved = new Map(
      panel.host.actions.flatMap((one) => (one.action === 'save' ? [[one.name.split('.').at(-1), one] as const] : [])),
    );
    equal(saved.get('png')!.name, 'aws-seed1-round-06-conv1-sign.png');
    const lines = saved.get('csv')!.content.trim().split('\r\n');
    equal(lines.slice(0, 3), ['# conv1 · 16 × 3 × 3 × 3', `# ${file}`, 'row,column,weight,kept']);
    equal(lines.length, 3 + 16 * 27);
    const [row, column, weight, kept] = lines[3 + 28]!.split(',').map(Number);
    equal([row, column, kept], [1, 1, conv1.masks[6]![28]]);
    equal(Math.fround(weight!), conv1.weights[6]![28]);
    const svg = new DOMParser().parseFromString(saved.get('svg')!.content, 'image/svg+xml').documentElement;
    const body = panel.find('.figure-body').getBoundingClientRect();
    const scale = Math.min(picture(panel).clientWidth / 27, picture(panel).clientHeight / 16, 64);
    near(Number(svg.getAttribute('width')), Math.min(body.width, 48 + 27 * scale + 40), 2);
    const bytes = Uint8Array.from(atob(saved.get('png')!.content), (letter) => letter.charCodeAt(0));
    equal(new DataView(bytes.buffer).getUint32(16), Math.floor(3 * Number(svg.getAttribute('width'))));
  });

  it('focuses the filter of layers with /, and sorts layers', async () => {
    const panel = await openPanel(state);
    panel.find('.layers tbody tr').focus();
    await window.person.key('/');
    ok(document.activeElement === panel.find('input[type="search"]'), 'the filter has the focus');
    for (const key of 'short') await window.person.key(key);
    equal(names(panel), ['layer2.0.shortcut.0', 'layer3.0.shortcut.0']);
    await window.person.key('x');
    matches(panel.find('.layers .empty').textContent, /“shortx”/);
    await window.person.key('Escape');
    equal(names(panel).length, 21);
    const kept = panel.all('.layers .sort').find(({ textContent }) => textContent === 'kept')!;
    kept.click();
    equal(names(panel)[0], 'conv1');
    kept.click();
    equal(names(panel)[0], 'layer3.0.conv2');
    equal(panel.find('th[aria-sort="ascending"]').textContent, 'kept');
  });

  it('marks rows that are pruned completely', async () => {
    const panel = await openPanel(state);
    panel.find('tr[data-key="layer3.2.conv2"]').click();
    await panel.settled();
    equal(panel.all('.row-shares .all-pruned').length, 1);
    matches(panel.find('figcaption').textContent, /1 output row fully pruned/);
  });

  it('requests a coarse picture of the layer, then fine tiles of the visible part, of at most 512 × 512 cells', async () => {
    const panel = await openPanel(state);
    panel.find('tr[data-key="layer3.1.conv1"]').click();
    await panel.settled();
    const asked = panel.host.requests.flatMap(({ method, params }) =>
      method === 'checkpoint/picture' ? [params as { layer: string; maxSize: number; region: object }] : [],
    );
    const layer = asked.filter((one) => one.layer === 'layer3.1.conv1');
    const region = { x: 0, y: 0, width: 576, height: 64 };
    equal(layer[0], { file, layer: 'layer3.1.conv1', weights: false, region, maxSize: 256 });
    equal(
      layer.slice(1).map(({ maxSize }) => maxSize),
      [512, 512],
    );
  });

  it('drops the tiles of a layer that is no longer shown', async () => {
    const panel = await openPanel(state, { hold: ['checkpoint/picture'] });
    panel.find('tr[data-key="layer1.0.conv1"]').click();
    panel.host.hold.clear();
    panel.find('tr[data-key="conv1"]').click();
    await panel.settled();
    const before = [...picture(panel).getContext('2d')!.getImageData(0, 0, 400, 300).data];
    for (let i = 0; i < 3; i++) panel.host.answerHeld();
    await panel.settled();
    const after = [...picture(panel).getContext('2d')!.getImageData(0, 0, 400, 300).data];
    ok(
      before.every((value, i) => value === after[i]),
      'a stale tile was drawn',
    );
  });

  it('shows the error about a file instead of its layers', async () => {
    const { find } = await openPanel({ view: 'checkpoint', file: '/x/round-99.safetensors' });
    matches(find('[role=alert]').textContent, /round-99\.safetensors does not exist; choose another checkpoint/);
  });

  it('says that the file was overwritten or deleted, and reads it again with the same settings', async () => {
    const panel = await openPanel(state);
    panel.find('[data-value="mask"]').click();
    panel.host.tell({ type: 'file', file, event: 'changed' });
    await panel.settled();
    matches(panel.find('.file-notice').textContent, /^round-06\.safetensors was overwritten after it was read\./);
    panel.host.tell({ type: 'file', file, event: 'deleted' });
    await panel.settled();
    equal(panel.all('.file-notice').length, 1);
    matches(panel.find('.file-notice').textContent, /was deleted/);
    panel.host.requests.length = 0;
    panel.find('.file-notice button').click();
    await panel.settled();
    equal(panel.all('.file-notice').length, 0);
    ok(
      panel.host.requests.some(({ method }) => method === 'checkpoint/open'),
      'the file is opened again',
    );
    equal(panel.find('[aria-label="Picture"] [aria-checked="true"]').textContent, 'mask');
  });

  it('has buttons to open the run, to compare and to transfer', async () => {
    const { all, host } = await openPanel(state);
    for (const action of all('.actions button')) action.click();
    equal(
      host.actions.map(({ action }) => action),
      ['openRun', 'compare', 'transfer', 'copy'],
    );
  });
});
