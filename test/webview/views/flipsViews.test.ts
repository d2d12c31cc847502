import { flippedInRound, flippedShare } from '../../../webview/views/run/heatData';
import { equal, matches, ok } from '../assert';
import { openPanel, until } from '../panel';
import { searchRun } from '../world/runs';
import { answersOf } from '../world/world';

const run = searchRun('aws', 1);
const state = { view: 'flips', directory: run.directory } as const;

function captions(all: (selector: string) => HTMLElement[]): string[] {
  return all('.flips > figure figcaption').map(({ textContent }) => textContent);
}

describe('the views of the flips panel', () => {
  it('start with the layer that flips most in the last round', async () => {
    const { find, all, host, settled } = await openPanel(state, { answers: answersOf([run]) });
    await until(() => document.querySelector('.viewport') !== null, 'the picture');
    await settled();
    const shares = run.rounds.at(-1)!.layers.map((layer) => flippedShare(layer, 'initialization'));
    const most = run.rounds.at(-1)!.layers[shares.indexOf(Math.max(...shares))]!.name;
    const asked = host.requests.filter(({ method }) => method === 'checkpoint/picture').at(-1)!;
    equal((asked.params as { layer: string }).layer, most);
    equal(all('.flips > figure:first-child .selection rect').length, 2, 'its row and column');
    equal(host.selections, [], 'other panels are not changed');
    ok(find('.layer').getBoundingClientRect().height > 100, 'a picture');
  });

  it('show the share of signs that stayed as the complement', async () => {
    const panel = await openPanel(state, { answers: answersOf([run]) });
    panel.find('[data-value="kept"]').click();
    await panel.settled();
    matches(panel.find('.flips .legend').textContent, /same sign.*chance, 50 %.*100 %/);
    matches(captions(panel.all)[0], /whose sign is the same\. With random signs, it would be 50 %/);
    panel.find('.flips figure button[title^="Show as table"]').click();
    await panel.settled();
    const cell = panel.find('.flips .figure-table tbody tr td:nth-child(10)').textContent;
    const kept = 1 - flippedShare(run.rounds[8]!.layers[0]!, 'initialization');
    equal(cell, `${(100 * kept).toPrecision(3)} %`);
    const again = await openPanel(state, { answers: answersOf([run]), kept: panel.host.kept });
    equal(again.find('[data-value="kept"]').getAttribute('aria-checked'), 'true', 'it is remembered');
  });

  it('show a search by another method beside the run, and compare both at the same sparsity', async () => {
    const others = [searchRun('lrr', 2), searchRun('lrr', 1)];
    const { find, all, settled } = await openPanel(state, { answers: answersOf([run, ...others]) });
    await until(() => all('.flips > figure').length === 3, 'the other search');
    await settled();
    equal(all('.flips > figure h2').map(({ textContent }) => textContent)[1], 'lrr · lrr-seed1');
    const kept = 1 - flippedInRound(others[1]!.rounds[8]!, 'initialization');
    const text = find('.finding').textContent;
    ok(text.endsWith(`At the same sparsity, lrr has ${(100 * kept).toPrecision(3)} % (lrr-seed1, round 8).`), text);
    const select = find('.flips select') as HTMLSelectElement;
    equal(
      [...select.options].map(({ text: name }) => name),
      ['lrr-seed1', 'lrr-seed2'],
    );
    select.value = others[0]!.directory;
    select.dispatchEvent(new Event('change'));
    await until(() => find('.finding').textContent.includes('lrr-seed2'), 'the chosen search');
  });
});
