import type { NormalizationLayer } from '../../../engine/protocol';
import { number, percent } from '../../../webview/format';
import { equal } from '../assert';
import { openPanel } from '../panel';
import { searchRun } from '../world/runs';
import { answersOf } from '../world/world';

const directory = searchRun('aws', 1, 1).directory;
const texts = (elements: Element[]) => elements.map(({ textContent }) => textContent);

describe('the records of rounds in the run panel', () => {
  it('shows what newer versions record of a round, and nothing for older rounds', async () => {
    const run = searchRun('aws', 1, 3);
    const titles = (panel: { all: (selector: string) => Element[] }) => texts(panel.all('.rounds th'));
    const recorded = await openPanel({ view: 'run', directory }, { answers: answersOf([run]) });
    equal(titles(recorded).slice(-3), ['crossed', 'gradient', 'images/s']);
    const cells = texts([...recorded.all('.rounds tbody tr')[1]!.querySelectorAll('td')]).slice(-3);
    const { layers, gradientNorm, imagesPerSecond } = run.rounds[1]!;
    const [crossed, kept] = [layers.map((layer) => layer.crossedZero!), layers.map((layer) => layer.kept)].map((all) =>
      all.reduce((total, one) => total + one),
    );
    equal(cells, [percent(crossed! / kept!), number(gradientNorm!), number(imagesPerSecond!)]);
    const rounds = run.rounds.map(({ gradientNorm, imagesPerSecond, normalization, ...round }) => ({
      ...round,
      layers: round.layers.map(({ crossedZero, ...layer }) => layer),
    }));
    const old = await openPanel({ view: 'run', directory }, { answers: answersOf([{ ...run, rounds }]) });
    equal(titles(old).at(-1), 'checkpoint');
    equal(old.find('.normalization').childElementCount, 0);
  });

  it('shows top-5 beside the accuracy', async () => {
    const run = searchRun('aws', 1, 2);
    const rounds = run.rounds.map((round) => ({ ...round, test: { ...round.test, top5: 97.25 } }));
    const { all } = await openPanel({ view: 'run', directory }, { answers: answersOf([{ ...run, rounds }]) });
    const place = texts(all('.rounds th')).indexOf('top-5');
    equal(all('.rounds tbody tr')[0]!.querySelectorAll('td')[place]!.textContent, '97.3 %');
  });

  it('describes ψ after the chosen round, and at first after the last one', async () => {
    const { all, find, settled } = await openPanel({ view: 'run', directory });
    const { rounds } = searchRun('aws', 1);
    const shows = (round: number) => {
      equal(find('.normalization h2').textContent, `Normalization layers (ψ) after round ${round}`);
      const rows = all('.normalization tbody tr');
      equal(rows.length, rounds[round]!.normalization!.length);
      const { name, scale, distance } = rounds[round]!.normalization![2]!;
      const cells = texts([...rows[2]!.querySelectorAll('td')]);
      equal(
        [cells[0], cells[1], cells.at(-1)],
        [name, `${number(scale!.mean)} ± ${number(scale!.deviation)}`, number(distance)],
      );
    };
    shows(8);
    all('.rounds tbody tr')[3]!.click();
    await settled();
    shows(3);
  });

  it('has a dash for the scale or the shift that a normalization layer does not have', async () => {
    const run = searchRun('aws', 1, 2);
    const rounds = run.rounds.map(({ normalization = [], ...round }) => {
      const [both, { scale: _, negativeScales: __, ...shift }, { shift: ___, ...scale }] = normalization as [
        NormalizationLayer,
        NormalizationLayer,
        NormalizationLayer,
      ];
      return { ...round, normalization: [both, shift, scale] };
    });
    const { all } = await openPanel({ view: 'run', directory }, { answers: answersOf([{ ...run, rounds }]) });
    const rows = all('.normalization tbody tr').map((row) => texts([...row.querySelectorAll('td')]));
    const dashes = rows.map((cells) => cells.flatMap((cell, at) => (cell === '–' ? [at] : [])));
    equal(dashes, [[], [1, 2, 3], [4, 5]]);
  });
});
