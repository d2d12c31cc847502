import type { Inspection } from '../../../engine/protocol';
import { equal, matches, near, ok } from '../assert';
import { openPanel, until, type OpenPanel } from '../panel';
import { networks } from '../world/runs';
import { checkpointPath } from '../world/checkpoints';
import { answersOf, study, type Answers } from '../world/world';

const file = checkpointPath('aws', 6);
const state = { view: 'checkpoint', file } as const;
const overview = { ...state, memory: { page: 'overview' } };
const keys = ({ all }: OpenPanel) => all('.layers tbody tr').map((row) => row.dataset['key']);
const titles = ({ all }: OpenPanel) => all('.layers th').map(({ textContent }) => textContent);
const cells = ({ all }: OpenPanel, key: string) =>
  all(`tr[data-key="${key}"] td`).map(({ textContent }) => textContent);

function press({ all }: OpenPanel, label: string): void {
  all('button')
    .find((one) => one.textContent === label || one.title === label)!
    .click();
}

/** Returns answers with other statistics. */
function withInspection(change: (inspection: Inspection) => Inspection): Answers {
  const answers = answersOf(study());
  return { ...answers, 'checkpoint/statistics': (params) => change(answers['checkpoint/statistics'](params)) };
}

describe('overview of a checkpoint', () => {
  it('has a row of bars for each layer, and the sums of all', async () => {
    const panel = await openPanel(state);
    press(panel, 'overview');
    await panel.settled();
    equal(titles(panel), [
      '#',
      'layer',
      'kept',
      '%',
      '+ / −',
      'weights',
      'N:M',
      'dead filters',
      'dead inputs',
      'dead kernels',
    ]);
    equal(keys(panel).length, 22);
    const sums = cells(panel, '*').slice(1);
    equal(sums.slice(0, 8), ['all layers 21', '', '26.2 %', '', '270,256', '–', '1 of 784', '0 of 675']);
    matches(sums[8], /^[\d,]+ of [\d,]+$/);
    equal(cells(panel, 'layer3.2.conv2').slice(7, 9), ['1 of 64', '0 of 64']);
    const size = panel.find('tr[data-key="layer2.0.conv1"] td:nth-child(6) .part').getAttribute('width');
    near(Number(size), (64 * 4608) / 36_864, 0.01);
  });

  for (const width of [700, 1000, 1600])
    it(`shows all columns in a panel of ${width} pixels`, async () => {
      await window.person.resize(width, 900);
      try {
        const panel = await openPanel(state, { kept: overview });
        await panel.settled();
        const { scrollWidth, clientWidth } = panel.find('.layers > .scroll');
        ok(scrollWidth <= clientWidth, `the table has ${scrollWidth} of ${clientWidth} pixels`);
      } finally {
        await window.person.resize(1200, 800);
      }
    });

  it('is sorted by any column', async () => {
    const panel = await openPanel(state, { kept: overview });
    press(panel, 'weights');
    equal(keys(panel).slice(0, 2), ['*', 'layer3.0.conv2']);
    press(panel, 'dead filters');
    equal(keys(panel)[1], 'layer3.2.conv2');
    press(panel, '#');
    equal(keys(panel)[1], 'conv1');
  });

  it('groups layers by module, with sums, and collapses groups by keyboard', async () => {
    const panel = await openPanel(state, { kept: overview });
    press(panel, 'Group by module');
    const block = networks.aws.filter(({ name }) => name.startsWith('layer2.0.'));
    const weights = block.reduce((sum, { count }) => sum + count, 0).toLocaleString('en-US');
    equal(cells(panel, 'layer2.0.*').slice(1, 2), ['0 3']);
    equal(cells(panel, 'layer2.0.*')[5], weights);
    equal(cells(panel, 'layer2.0.shortcut.0')[1], 'shortcut.0');
    equal(panel.find('tr[data-key="layer2.0.*"]').getAttribute('aria-level'), '2');
    panel.find('tr[data-key="layer2.0.conv2"]').focus();
    await window.person.key('ArrowLeft');
    await window.person.key('ArrowLeft');
    equal((document.activeElement as HTMLElement).dataset['key'], 'layer2.0.*');
    equal(panel.find('tr[data-key="layer2.0.*"]').getAttribute('aria-expanded'), 'false');
    ok(!keys(panel).includes('layer2.0.conv2'), 'the layers are not listed');
    await window.person.key('ArrowRight');
    ok(keys(panel).includes('layer2.0.conv2'), 'the layers are listed again');
    press(panel, 'Collapse all groups');
    equal(keys(panel), ['*', 'conv1', 'layer1.*', 'layer2.*', 'layer3.*']);
  });

  it('shows magnitudes with their threshold, and why the file is not smaller', async () => {
    const panel = await openPanel(state, { kept: overview });
    const [magnitudes, storage] = panel.all('figure');
    ok(magnitudes!.querySelectorAll('.bin').length > 2, 'the histogram has bins');
    matches(magnitudes!.querySelector('.value-marks')!.textContent, /^smallest kept 0\.\d+largest pruned 0\.\d+$/);
    matches(
      magnitudes!.querySelector('figcaption')!.textContent,
      /^Magnitudes \|w\| of the kept weights of all layers/,
    );
    equal(storage!.querySelectorAll('.stack').length, 4);
    matches(
      storage!.querySelector('.stacked')!.textContent,
      /^the file1\.36 MBdense1\.08 MBbitmask \+ values317 kBCSR/,
    );
    matches(
      storage!.querySelector('figcaption')!.textContent,
      /^The file has 1\.36 MB\. Its prunable weights take 1\.08 MB, because pruned weights take as much room as kept ones\. As bitmask \+ values, they would take 317 kB \(29\.3 %\)\.$/,
    );
    panel.find('tr[data-key="layer1.0.conv1"]').click();
    await panel.settled();
    equal(magnitudes!.querySelector('h2')!.textContent, 'Magnitudes · layer1.0.conv1');
    equal(storage!.querySelectorAll('.stack').length, 3);
  });

  it('exports its figures with a table', async () => {
    const panel = await openPanel(state, { kept: overview });
    for (const save of panel.all('.storage .figure-tools .button')) if (save.textContent !== 'PNG') save.click();
    await panel.settled();
    const saved = panel.host.actions.flatMap((one) => (one.action === 'save' ? [one] : []));
    equal(
      saved.map(({ name }) => name),
      ['svg', 'csv', 'json', 'md'].map((ending) => `aws-seed1-round-06-storage.${ending}`),
    );
    matches(saved[1]!.content, /bitmask \+ values,316570,0\.29/);
  });

  it('exports the listed rows as a picture', async () => {
    const panel = await openPanel(state, { kept: overview });
    press(panel, 'Group by module');
    panel.find('tr[data-key="layer3.*"]').click();
    for (const save of panel.all('.layers .figure-tools .button').slice(0, 2)) save.click();
    await until(() => panel.host.actions.length === 2, 'two files');
    const [svg, png] = panel.host.actions.flatMap((one) => (one.action === 'save' ? [one] : []));
    equal(svg!.name, 'aws-seed1-round-06-layers.svg');
    const words = new DOMParser().parseFromString(svg!.content, 'image/svg+xml').documentElement.textContent;
    matches(words, /kept\+ \/ −weights.*all layers270,256/s);
    ok(!words.includes('layer3.0.conv2'), 'the layers of a collapsed group are not in the picture');
    ok(png!.content.length > 1000, 'a PNG');
    equal(document.querySelectorAll('.offscreen').length, 0);
  });

  it('opens the picture of a layer with Enter', async () => {
    const panel = await openPanel(state, { kept: overview });
    panel.find('tr[data-key="layer1.0.conv1"]').focus();
    await window.person.key('Enter');
    await panel.settled();
    equal(panel.find('figure h2').textContent, 'layer1.0.conv1 · 16 × 16 × 3 × 3');
    equal(panel.find('[aria-label="Page"] [aria-checked="true"]').textContent, 'layer');
    ok(document.activeElement === panel.find('.picture'), 'the picture has the focus');
  });

  it('is restored after a reload', async () => {
    const first = await openPanel(state);
    press(first, 'overview');
    press(first, 'Group by module');
    first.find('tr[data-key="layer2.*"]').click();
    press(first, 'kept');
    await first.settled();
    const before = keys(first);
    const again = await openPanel(state, { kept: first.host.getState() });
    equal(keys(again), before);
    equal(again.find('[aria-selected="true"]').dataset['key'], 'layer2.*');
    equal(again.find('.magnitudes h2').textContent, 'Magnitudes · layer2');
  });

  it('draws the answers of an engine that knows neither structure nor magnitudes', async () => {
    const answers = withInspection(({ magnitudes: _, storage: __, layers, ...inspection }) => ({
      ...inspection,
      layers: layers.map(({ structure: ___, magnitudes: ____, storage: _____, ...layer }) => layer),
    }));
    const panel = await openPanel(state, { kept: overview, answers });
    equal(titles(panel), ['#', 'layer', 'kept', '%', '+ / −', 'weights']);
    matches(panel.find('.storage figcaption').textContent, /the bytes are not known/);
    matches(panel.find('.magnitudes figcaption').textContent, /magnitudes are not known/);
  });
});
