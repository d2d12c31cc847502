import { percent } from '../../../webview/format';
import { equal, matches } from '../assert';
import { openPanel } from '../panel';
import { trainRun } from '../world/runs';
import { answersOf } from '../world/world';

const run = trainRun('signed-mask-8', 91.1, { variant: 'signed-mask', round: 8 });
const texts = (elements: Iterable<Element>) => [...elements].map(({ textContent }) => textContent);

describe('the signs of a transfer in the run panel', () => {
  it('are counted in all and by layer', async () => {
    const { all, find } = await openPanel({ view: 'run', directory: run.directory }, { answers: answersOf([run]) });
    const layers = run.transferred!;
    const [kept, same] = [layers.map((layer) => layer.kept), layers.map((layer) => layer.sameSign)].map((counts) =>
      counts.reduce((sum, count) => sum + count, 0),
    );
    const words = find('.signs .note').textContent;
    matches(words, new RegExp(`^The start network has the sign of the checkpoint in ${same} of ${kept} kept weights`));
    matches(words, /The initialization of the checkpoint has its sign in/);
    equal(texts(all('.signs th')).length, 6);
    const rows = all('.signs tbody tr');
    equal(rows.length, layers.length);
    const { name, kept: own, sameSign } = layers[1]!;
    const cells = texts(rows[1]!.querySelectorAll('td'));
    equal([cells[0], cells[2]], [name, percent(sameSign / own)]);
  });

  it('are not shown for runs of earlier versions, and without an initialization only half of them', async () => {
    const { transferred, ...old } = run;
    const shown = await openPanel({ view: 'run', directory: run.directory }, { answers: answersOf([old]) });
    equal(shown.find('.signs').childElementCount, 0);
    const layers = transferred!.map(({ initialization, ...layer }) => layer);
    const half = await openPanel(
      { view: 'run', directory: run.directory },
      { answers: answersOf([{ ...run, transferred: layers }]) },
    );
    equal(texts(half.all('.signs th')).length, 4);
    equal(half.find('.signs .note').textContent.includes('initialization'), false);
  });
});
