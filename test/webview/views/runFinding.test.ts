import type { ListedRun, RelatedSnapshot } from '../../../engine/protocol';
import { experimentsOf } from '../../../webview/views/run/accuracyData';
import { accuracyFinding } from '../../../webview/views/run/finding';
import { optionDifferences } from '../../../webview/views/run/optionsStrip';
import { equal, matches, near, ok } from '../assert';
import { openPanel } from '../panel';
import { searchRun, trainRun, waitingRun } from '../world/runs';
import { ticketRun, ticketStudy, type Ticket } from '../world/tickets';
import { answersOf, summaryOf } from '../world/world';

const search = searchRun('aws', 1);
const ticket = (variant: Ticket['variant'], accuracy: number, round = 8, seed = 1) =>
  ticketRun({ method: 'aws', seed, round, variant, accuracy });

function finding(own: RelatedSnapshot, ...others: RelatedSnapshot[]): string {
  return accuracyFinding(experimentsOf([own, ...others].map(summaryOf)), summaryOf(own));
}

describe('the finding of the run panel', () => {
  const dense = trainRun('dense-seed1', 93.1);
  const signed = ticket('signed-mask', 91.2);
  const mask = ticket('mask-only', 88.7);

  it('names the sparsest signed mask, its gap to dense, and the other networks at this sparsity', () => {
    const earlier = ticket('signed-mask', 92.2, 4);
    equal(
      finding(search, dense, signed, mask, earlier, ticket('retrain', 92.06)),
      'At 17 % kept, the signed mask trains to 91.2 %, 1.9 points below dense; its mask alone to 88.7 %; the retrained ticket to 92.1 % (n = 1).',
    );
  });

  it('starts with the network of the panel, at its sparsity', () => {
    equal(
      finding(mask, search, dense, signed),
      'At 17 % kept, the mask alone trains to 88.7 %, 4.4 points below dense; its signed mask to 91.2 % (n = 1).',
    );
    const random = ticket('random-signs', 93.5);
    equal(
      finding(random, search, dense, signed),
      'At 17 % kept, the mask with random signs trains to 93.5 %, 0.4 points above dense; its signed mask to 91.2 % (n = 1).',
    );
  });

  it('averages seeds, and says how many each number has if they differ', () => {
    const others = [searchRun('aws', 2), ticket('signed-mask', 91.6, 8, 2)];
    equal(
      finding(search, dense, signed, mask, ...others),
      'At 17 % kept, the signed mask trains to 91.4 % (n = 2), 1.7 points below dense (n = 1); its mask alone to 88.7 % (n = 1).',
    );
  });

  it('says what is missing', () => {
    matches(finding(search), /has 90\.6 % \(n = 1\)\. No ticket of it has been trained: .* no dense run to compare/);
    matches(
      finding(search, dense),
      /No ticket of it has been trained: transfer its signed mask to see how .* dense\.$/,
    );
    equal(
      finding(search, mask),
      'At 17 % kept, the mask alone trains to 88.7 % (n = 1). There is no dense run of resnet20 on fashion-mnist to compare with. Its signed mask has not been trained at this sparsity.',
    );
    equal(finding(dense, search), 'dense trains to 93.1 % (n = 1).');
    equal(finding(waitingRun()), '', 'nothing was measured');
  });

  it('leaves out tickets of another search', () => {
    const other = ticketRun({ method: 'lrr', seed: 1, round: 8, variant: 'signed-mask', accuracy: 50 });
    matches(finding(search, dense, searchRun('lrr', 1), other), /No ticket of it has been trained/);
  });
});

describe('the options in the run panel', () => {
  const at = (options: object): ListedRun => ({ ...summaryOf(search), options });
  const mine = at({ method: 'aws', seed: 1, learningRate: 0.05, model: { model: 'mlp', widths: [16, 8] } });

  it('are those that differ from the defaults, or from another run', () => {
    equal(optionDifferences(mine), [
      { name: 'learningRate', value: '0.05' },
      { name: 'model.widths', value: '16-8' },
    ]);
    const other = at({ method: 'lrr', seed: 2, model: { model: 'mlp', widths: [16, 8] }, epochsPerRound: 2 });
    equal(optionDifferences(mine, other), [
      { name: 'learningRate', value: '0.05', other: 'default' },
      { name: 'epochsPerRound', value: 'default', other: '2' },
    ]);
  });

  it('are compared with the run that is chosen, and link to the source and to run.json', async () => {
    const runs = ticketStudy().map((run, place) => ({ ...run, options: { ...run.options, batchSize: 64 + place } }));
    const own = runs.find(({ name }) => name === 'aws-signed-mask-8-seed1')!;
    const other = runs.find(({ name }) => name === 'aws-mask-only-8-seed1')!;
    const state = { view: 'run', directory: own.directory } as const;
    const { find, all, host } = await openPanel(state, { answers: answersOf(runs) });
    equal(find('.option-list').textContent, `batchSize ${own.options.batchSize}`);
    const select = find('.options select') as HTMLSelectElement;
    ok(![...select.options].some(({ text }) => text === 'aws-seed1'), 'only runs of the same kind');
    select.value = other.directory;
    select.dispatchEvent(new Event('change'));
    equal(find('.option-list').textContent, `batchSize ${own.options.batchSize} there ${other.options.batchSize}`);
    equal(
      find('.option-facts').textContent,
      'seed 1 · wasm, 2 threads, SIMD (kernels: simd) · from aws-seed1/round-08 · run.json',
    );
    for (const link of all('.option-facts .link')) link.click();
    equal(host.actions, [
      { action: 'openCheckpoint', file: own.sources[0]!.file },
      { action: 'openRunFile', directory: own.directory },
    ]);
    const again = await openPanel(state, { answers: answersOf(runs), kept: host.kept });
    equal((again.find('.options select') as HTMLSelectElement).value, other.directory, 'the choice is remembered');
  });
});

describe('the layout of the run panel', () => {
  for (const width of [700, 1000, 1600, 2200]) {
    it(`has no gap of 250 px at a width of ${width} px`, async () => {
      await window.person.resize(width, 1000);
      try {
        const { all, find, settled } = await openPanel(
          { view: 'run', directory: search.directory },
          { answers: answersOf(ticketStudy()) },
        );
        await settled();
        const boxes = all('.panes > *').map((element) => element.getBoundingClientRect()).filter((box) => box.height > 0); // prettier-ignore
        const end = Math.max(...boxes.map(({ bottom }) => bottom));
        const columns = new Set(boxes.map(({ left }) => Math.round(left)));
        for (const left of columns) {
          const column = boxes.filter((box) => Math.round(box.left) === left).sort((a, b) => a.top - b.top);
          const gaps = column.map(({ bottom }, place) => (column[place + 1]?.top ?? end) - bottom);
          ok(Math.max(...gaps) < 250, `a gap of ${Math.max(...gaps)} px at ${left}`);
        }
        equal(columns.size, width < 900 ? 1 : width < 1900 ? 2 : 3);
        const plot = find('.plot').getBoundingClientRect();
        ok(plot.width >= 440 && plot.height >= 260, `the chart has ${plot.width} × ${plot.height}`);
        near(document.documentElement.scrollWidth, width, 1, 'nothing leaves the page');
      } finally {
        await window.person.resize(1200, 800);
      }
    });
  }
});
