import { maskChance, signChance } from '../../../engine/vocabulary/chance';
import type { LayerComparison } from '../../../engine/protocol';
import { byDisagreement, comparisonTable, disagreement } from '../../../webview/views/compare/layers';
import { comparisonSentence } from '../../../webview/views/compare/words';
import { equal, matches, near, ok } from '../assert';
import { centre, openPanel, until, type OpenPanel } from '../panel';
import { searchRun } from '../world/runs';
import { checkpointPath } from '../world/checkpoints';
import { answersOf } from '../world/world';

const layer: LayerComparison = { name: 'x', count: 100, keptBoth: 64, onlyA: 10, onlyB: 6, neither: 20, iou: 0.8, sameSign: 48, flipped: 16, signAgreement: 0.75, chanceAgreement: 0.5, signSigma: 4, chanceIou: 0.5, maskSigma: 1 }; // prettier-ignore
const [a, b] = [checkpointPath('aws', 2), checkpointPath('aws', 6)];
const state = { view: 'compare', a, b } as const;
const rows = ({ all }: OpenPanel) => all('.comparison tbody tr').map(({ dataset }) => dataset['key']!);
const title = ({ all }: OpenPanel, name: string) => all('th button').find(({ textContent }) => textContent === name)!;
const ticks = ({ all }: OpenPanel) => all('.columns').map((axis) => axis.textContent);

describe('compare panel', () => {
  it('sums up masks and signs apart, each beside chance', async () => {
    const panel = await openPanel(state);
    matches(
      panel.find('.finding').textContent,
      /^Masks: IoU 0\.\d+ \(chance 0\.\d+, \+\d+ σ\); the masks differ most in layer3\.0\.conv2 \(IoU 0\.\d+\)\. Signs of the weights kept in both: 99\.997 % agree \(chance 50\.0 %, \+\d+ σ\); they agree least in \S+ \(/,
    );
    equal(rows(panel).length, 21);
    equal(rows(panel)[0], 'layer3.0.conv2');
  });

  it('sorts by any column, both ways, and keeps the chosen layer', async () => {
    const panel = await openPanel(state);
    title(panel, 'layer').click();
    equal(rows(panel).slice(0, 2), ['conv1', 'layer1.0.conv1']);
    equal(panel.find('th[aria-sort="ascending"]').textContent, 'layer');
    equal(panel.find('[aria-selected="true"]').dataset['key'], 'layer3.0.conv2');
    title(panel, 'only A').click();
    const [most] = panel.all('.comparison tbody tr td:nth-child(4)').map(({ textContent }) => textContent);
    title(panel, 'only A').click();
    ok(most !== panel.all('.comparison tbody tr td:nth-child(4)')[0]!.textContent, 'the other end comes first');
    title(panel, 'only A').focus();
    await window.person.key('ArrowRight');
    equal(document.activeElement?.textContent, 'only B');
  });

  it('filters layers', async () => {
    const panel = await openPanel(state);
    panel.find('.comparison tbody tr').focus();
    await window.person.key('/');
    for (const key of 'short') await window.person.key(key);
    equal(rows(panel).length, 2);
    matches(panel.find('.chosen').textContent, /^layer3\.0\.conv2 · 64 × 64 × 3 × 3 · IoU/);
  });

  it('sorts a thousand layers at once', async () => {
    const answers = answersOf([searchRun('aws', 1)]);
    const many = Array.from({ length: 1000 }, (_, i) => ({ ...layer, name: `blocks.${i}.fc`, onlyA: (i * 37) % 1000 }));
    const panel = await openPanel(state, {
      answers: {
        ...answers,
        'checkpoint/compare': (params) => ({ ...answers['checkpoint/compare'](params), layers: many }),
      },
    });
    const start = performance.now();
    title(panel, 'layer').click();
    const time = performance.now() - start;
    equal(rows(panel).slice(0, 3), ['blocks.0.fc', 'blocks.1.fc', 'blocks.2.fc']);
    ok(time < 1000, `took ${time} ms`);
  });

  it('shows both and their difference, looked at from the same place', async () => {
    const panel = await openPanel(state);
    equal(panel.all('.pictures figure').length, 3);
    const [x, y] = centre(panel.find('.viewport'));
    const before = ticks(panel);
    await window.person.wheel(x, y, -960);
    await panel.settled();
    await until(() => ticks(panel)[0] !== before[0], 'a closer look at A');
    await panel.settled();
    ok(ticks(panel)[1] !== before[1], 'B follows A');
    equal(ticks(panel)[0], ticks(panel)[1]);
    equal(ticks(panel)[0], ticks(panel)[2]);
  });

  it('asks for the margins of what either keeps, for the difference only', async () => {
    const { host } = await openPanel(state);
    const asked = host.requests.flatMap(({ method, params }) =>
      method === 'checkpoint/marginals' ? [params as { file: string; against?: string }] : [],
    );
    equal(
      asked.map(({ file, against }) => [file, against]),
      [
        [a, undefined],
        [b, undefined],
        [a, b],
      ],
    );
  });

  it('jumps to where they differ most, then to the next place', async () => {
    const panel = await openPanel(state);
    const before = ticks(panel);
    const jump = panel.all('button').find(({ textContent }) => textContent === 'Largest disagreement')!;
    jump.click();
    await until(() => ticks(panel)[0] !== before[0], 'a place');
    const first = ticks(panel);
    jump.click();
    await until(() => ticks(panel)[0] !== first[0], 'the next place');
  });

  it('swaps A and B in place, with layer and zoom', async () => {
    const panel = await openPanel(state);
    panel.find('tr[data-key="layer3.1.conv1"]').click();
    await panel.settled();
    const [x, y] = centre(panel.find('.viewport'));
    await window.person.wheel(x, y, -960);
    await panel.settled();
    const before = ticks(panel);
    panel
      .all('.actions button')
      .find(({ textContent }) => textContent === 'Swap A and B')!
      .click();
    await panel.settled();
    equal(panel.host.states, [{ view: 'compare', a: b, b: a }]);
    matches(panel.find('h1').textContent, /A aws-seed1, round 6 · B aws-seed1, round 2/);
    equal(panel.find('[aria-selected="true"]').dataset['key'], 'layer3.1.conv1');
    equal(ticks(panel), before);
  });

  it('lays B over A in swipe and blink', async () => {
    const panel = await openPanel(state);
    const pictures = panel.find('.pictures');
    panel.find('[data-value="swipe"]').click();
    await panel.settled();
    const boxes = panel.all('.viewport').map((element) => element.getBoundingClientRect());
    equal([boxes[0]!.left, boxes[0]!.top], [boxes[1]!.left, boxes[1]!.top]);
    const slider = panel.find('input[type="range"]') as HTMLInputElement;
    slider.value = '20';
    slider.dispatchEvent(new Event('input'));
    equal(pictures.style.getPropertyValue('--swipe'), '20%');
    panel.find('[data-value="blink"]').click();
    equal(pictures.dataset['shown'], 'a');
    await until(() => pictures.dataset['shown'] === 'b', 'B');
    panel.all('.arrangement button')[1]!.click();
    const shown = pictures.dataset['shown'];
    panel.all('.arrangement button')[0]!.click();
    ok(pictures.dataset['shown'] !== shown, 'the other one, by hand');
  });

  it('does not blink by itself if the user wants less motion', async () => {
    const panel = await openPanel(state, { kept: { ...state, memory: { arrangement: 'blink' } } });
    document.body.classList.add('vscode-reduce-motion');
    panel.find('[data-value="beside"]').click();
    panel.find('[data-value="blink"]').click();
    equal(panel.all('.arrangement button')[1]!.textContent, 'Blink');
  });

  it('defines disagreement and chance', () => {
    near(disagreement(layer), 32 / 80, 1e-12);
    near(signChance(layer).sigma, (48 - 32) / 4, 1e-12);
    const { expected, sigma } = maskChance([layer]);
    near(expected, 51.8 / (74 + 70 - 51.8), 1e-12);
    near(sigma, (64 - 51.8) / Math.sqrt((74 * 70 * 26 * 30) / (100 ** 2 * 99)), 1e-12);
    equal(
      byDisagreement([layer, { ...layer, name: 'y', flipped: 60 }]).map(({ name }) => name),
      ['y', 'x'],
    );
    equal(disagreement({ ...layer, keptBoth: 0, onlyA: 0, onlyB: 0, flipped: 0 }), 0);
  });

  it('shows chance and σ as the engine computed them', () => {
    const total = { ...layer, chanceIou: 0.25, maskSigma: 7, signSigma: 3 };
    const comparison = answersOf([])['checkpoint/compare']({ a, b });
    const sentence = comparisonSentence({ ...comparison, layers: [layer], total });
    matches(sentence, /chance 0\.25\d*, \+7\.00 σ.*chance 50\.0 %, \+3\.00 σ/);
    const { columns, rows: cells } = comparisonTable([layer]);
    const shown = ['signSigma', 'chanceIou', 'maskSigma'].map((name) => cells[0]![columns.indexOf(name)]);
    equal(shown, [4, 0.5, 1]);
    const certain = JSON.parse(JSON.stringify({ ...layer, maskSigma: NaN, signSigma: NaN })) as LayerComparison;
    const unsure = comparisonSentence({ ...comparison, layers: [certain], total: certain });
    matches(unsure, /chance 0\.500, – σ.*chance 50\.0 %, – σ/);
    equal(comparisonTable([certain]).rows[0]!.at(-1), NaN);
  });

  it('shows the warnings of the comparison', async () => {
    const answers = answersOf([searchRun('aws', 1)]);
    const warnings = ['a.pt: the mask of fc has values other than 0 and 1, so it is not used.'];
    const compare: (typeof answers)['checkpoint/compare'] = (params) => ({
      ...answers['checkpoint/compare'](params),
      warnings,
    });
    const { find } = await openPanel(state, { answers: { ...answers, 'checkpoint/compare': compare } });
    equal(find('.warnings').textContent, warnings[0]);
    ok(!find('.warnings').hidden, 'visible');
  });

  it('says what has no partner, and why', async () => {
    const answers = answersOf([searchRun('aws', 1)]);
    const reason = 'the shape is [10, 64], but [100, 64] in a.pt';
    const unmatched = [{ name: 'fc.weight', side: 'b' as const, reason, otherShape: [100, 64] }];
    const { find, host, all } = await openPanel(state, {
      answers: {
        ...answers,
        'checkpoint/compare': (params) => ({ ...answers['checkpoint/compare'](params), unmatched }),
      },
    });
    matches(
      find('.finding').textContent,
      /1 layer could not be compared \(fc of B: the shape is \[10, 64\], but \[100, 64\] in a\.pt\)/,
    );
    matches(find('.actions button').title, /fc has another shape in A/);
    all('.actions button')[0]!.click();
    equal(host.actions, []);
  });

  it('has one sentence instead of empty figures for files without a common layer', async () => {
    const answers = answersOf([searchRun('aws', 1)]);
    const { find, all } = await openPanel(state, {
      answers: {
        ...answers,
        'checkpoint/compare': (params) => ({ ...answers['checkpoint/compare'](params), layers: [] }),
      },
    });
    equal(all('figure').length, 0);
    matches(find('.empty').textContent, /^A and B have no layer in common/);
    equal(find('.actions button').getAttribute('aria-disabled'), 'true');
  });

  it('offers the barrier between the two', async () => {
    const { find, host } = await openPanel(state);
    find('.actions button').click();
    equal(host.actions, [{ action: 'connectivity', a, b }]);
  });
});
