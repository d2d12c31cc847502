import type { ComparisonMatrix, MatrixRequest } from '../../../engine/protocol';
import type { SavedState } from '../../../webview/protocol';
import { equal, matches, near, ok } from '../assert';
import { openPanel, until, type OpenPanel } from '../panel';
import { FOLDER } from '../world/runs';
import { checkpointPath } from '../world/checkpoints';
import { answersOf, study } from '../world/world';

const files = [checkpointPath('aws', 2), checkpointPath('aws', 6), checkpointPath('lrr', 6), `${FOLDER}/other.pt`];
const state = { view: 'matrix', files } as const;
const open = (options = {}) => openPanel({ view: 'matrix', files: [...files] }, options);
const rows = ({ all }: OpenPanel) => all('.pairs tbody tr');
const finished = (panel: OpenPanel) => until(() => rows(panel).length === 6, 'all pairs');

describe('matrix panel', () => {
  it('compares every pair, and says which masks overlap most and least', async () => {
    const panel = await open();
    await finished(panel);
    equal(panel.find('h1').textContent, 'Compare · 4 checkpoints');
    matches(
      panel.find('.finding').textContent,
      /^Most overlap: aws\S+ and aws\S+: mask IoU 0\.\d+ \(chance 0\.\d+, \+\d+ σ\); same sign [\d.]+ % \(chance [\d.]+ %, .* Least overlap: .* 3 of 6 pairs could not be compared\.$/,
    );
    const asked = panel.host.requests.filter(({ method }) => method === 'checkpoint/matrix');
    equal(
      asked.map(({ params }) => (params as MatrixRequest).row),
      [1, 2, 3],
    );
  });

  it('says in the cell and in the table what does not fit', async () => {
    const panel = await open();
    await finished(panel);
    const odd = rows(panel).filter(({ textContent }) => textContent.includes('no match: no layer in common'));
    equal(odd.length, 3);
    panel.find('figure').dispatchEvent(new KeyboardEvent('keydown', { key: 't', bubbles: true }));
    await panel.settled();
    equal(panel.all('.figure-table td').filter(({ textContent }) => textContent === 'no match').length, 6);
  });

  it('says which pairs have a file that cannot be read', async () => {
    const answers = answersOf(study());
    const panel = await open({
      answers: {
        ...answers,
        'checkpoint/matrix': (params: MatrixRequest): ComparisonMatrix => ({
          ...answers['checkpoint/matrix'](params),
          ...(params.row === 3 && { unreadable: [{ place: 3, reason: 'other.pt is empty.' }] }),
        }),
      },
    });
    await finished(panel);
    equal(rows(panel).filter(({ textContent }) => textContent.includes('unreadable: ')).length, 3);
    panel.find('figure').dispatchEvent(new KeyboardEvent('keydown', { key: 't', bubbles: true }));
    await panel.settled();
    const cells = panel.all('.figure-table td').map(({ textContent }) => textContent);
    equal([cells.filter((text) => text === 'unreadable').length, cells.includes('no match')], [6, false]);
  });

  it('keeps numbers and columns in sight in a narrow window', async () => {
    await window.person.resize(700, 1000);
    try {
      const panel = await open();
      await finished(panel);
      await panel.settled();
      const names = panel.all('text.row').map(({ textContent }) => textContent);
      equal(
        names.map((name) => name.split(' ').at(-1)),
        ['1', '2', '3', '4'],
      );
      equal(new Set(names.map((name) => name.slice(0, -2))).size, 4, names.join());
      const { scrollWidth, clientWidth } = panel.find('.pairs .scroll');
      ok(scrollWidth <= clientWidth, `the table has ${scrollWidth} of ${clientWidth} pixels`);
      const caption = panel.find('figcaption').getBoundingClientRect().bottom;
      near(panel.find('.pairs').getBoundingClientRect().top, caption, 24);
    } finally {
      await window.person.resize(1200, 800);
    }
  });

  it('shows each warning once', async () => {
    const panel = await open();
    await finished(panel);
    equal(panel.all('.warnings li').length, 2);
  });

  it('has another measure, which it remembers', async () => {
    const panel = await open();
    await finished(panel);
    panel.find('[data-value="signs"]').click();
    await panel.settled();
    equal(panel.find('figure h2').textContent, 'Agreement of the signs');
    equal((panel.host.kept as SavedState).memory?.['measure'], 'signs');
  });

  it('opens a pair with keys, from a cell and from the table', async () => {
    const panel = await open();
    await finished(panel);
    panel.find('.figure-body').focus();
    await window.person.key('ArrowDown');
    await window.person.key('Enter');
    equal(panel.host.actions, [{ action: 'compare', a: files[0]!, b: files[2]! }]);
    rows(panel)[0]!.focus();
    await window.person.key('Enter');
    equal(panel.host.actions.at(-1), { action: 'compare', a: files[0]!, b: files[1]! });
  });

  it('opens no pair on the diagonal', async () => {
    const panel = await open({ kept: { ...state, memory: { row: 1, column: 1 } } });
    await finished(panel);
    panel.find('.figure-body').focus();
    await window.person.key('Enter');
    equal(panel.host.actions, []);
  });

  it('shows an error above the cells that are there, and tries again', async () => {
    const answers = answersOf(study());
    let attempts = 0;
    const panel = await open({
      answers: {
        ...answers,
        'checkpoint/matrix': (params: MatrixRequest): ComparisonMatrix => {
          if (params.row === 2 && attempts++ === 0) throw new Error('The engine ended.');
          return answers['checkpoint/matrix'](params);
        },
      },
    });
    await until(() => panel.all('.error').length > 0, 'the error');
    equal(rows(panel).length, 1);
    panel.find('.error button').click();
    await finished(panel);
    ok(panel.all('.error').length === 0, 'the error is gone');
  });
});
