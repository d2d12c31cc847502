import { experimentsOf } from '../../../webview/views/run/accuracyData';
import { lossCurves } from '../../../webview/views/run/lossData';
import { equal, matches, near } from '../assert';
import { openPanel } from '../panel';
import { searchRun, withReestimated } from '../world/runs';
import { answersOf, summaryOf } from '../world/world';

const LOWER = 40;
const plain = searchRun('aws', 1, 3);
const run = withReestimated(plain, LOWER);
const state = { view: 'run', directory: run.directory } as const;
const heads = (all: (selector: string) => HTMLElement[]) => all('.rounds th').map(({ textContent }) => textContent);
const shown = (accuracy: number) => `${accuracy.toFixed(1)} %`;

describe('the re-estimated accuracy of a search', () => {
  it('is in the table of rounds, next to the official one', async () => {
    const { all } = await openPanel(state, { answers: answersOf([run]) });
    equal(heads(all).slice(0, 6), ['#', 'kept', 're-estimated', 'official', 'flips', 'checkpoint']);
    const cells = [...all('.rounds tbody tr')[2]!.querySelectorAll('td')].map(({ textContent }) => textContent);
    const { accuracy } = plain.rounds[2]!.test;
    equal(cells.slice(2, 4), [shown(accuracy), shown(accuracy - LOWER)]);
    matches(all('.rounds th')[3]!.title, /as the official code measures it\..*collected at random α.*too low/);
  });

  it('is drawn and named in the chart, and the official one is in the table of the chart', async () => {
    const { find, all } = await openPanel(state, { answers: answersOf([run]) });
    const figure = find('figure[aria-label^="Accuracy"]');
    equal(
      [...figure.querySelectorAll('.line-name')].map(({ textContent }) => textContent),
      ['aws · search'],
    );
    matches(
      figure.querySelector('figcaption')!.textContent,
      /Re-estimated: batch-norm statistics were measured again at α = 0\./,
    );
    figure.querySelector<HTMLElement>('button[title^="Show as table"]')!.click();
    const [row] = figure.querySelectorAll('.figure-table tbody tr');
    const { accuracy } = plain.rounds[0]!.test;
    const values = [...row!.querySelectorAll('td')].slice(-2).map(({ textContent }) => Number(textContent));
    near(values[0]!, accuracy, 0.1, 'shown');
    near(values[1]!, accuracy - LOWER, 0.1, 'official');
    equal(all('.point[data-key]').length, 3);
  });

  it('is also used for the test loss, if it was measured', () => {
    const { test, train, reestimated } = lossCurves(run, 0);
    equal([test.length, train.length, reestimated], [3, 12, true]);
    near(test[0]!.y, plain.epochs[3]!.test.loss, 1e-9, 'test loss');
    matches(test[0]!.tip, /\ntest loss .*, re-estimated\ntest loss .*, as the official code measures it$/);
  });

  it('is never averaged with the official one of an older run, and each line has a name', () => {
    const other = searchRun('aws', 2, 3);
    equal(
      experimentsOf([run, other].map(summaryOf)).map(({ name }) => name),
      ['aws · search', 'aws · search, official'],
    );
  });

  it('is missing in older runs, which name the measure that they show', async () => {
    const { all, find } = await openPanel(state, { answers: answersOf([plain]) });
    equal(heads(all).slice(0, 5), ['#', 'kept', 'search accuracy', 'flips', 'checkpoint']);
    const caption = find('figure[aria-label^="Accuracy"] figcaption').textContent;
    matches(caption, /Searches: as the official code measures it\. If the network has batch norm, .* too low\./);
  });

  it('appears next to the official one when an older run continues', async () => {
    const { all, host, settled } = await openPanel(state, { answers: answersOf([plain]) });
    const round = withReestimated(searchRun('aws', 1, 4), LOWER).rounds[3]!;
    const params = { directory: run.directory, reset: false, append: { rounds: [round] }, set: {} };
    host.tell({ type: 'event', event: 'run/changed', params });
    await settled();
    equal(heads(all).slice(2, 4), ['re-estimated', 'official']);
    equal(
      all('.rounds tbody tr').map((row) => row.querySelectorAll('td')[2]!.textContent),
      ['–', '–', '–', shown(round.reestimated!.accuracy)],
    );
  });
});
