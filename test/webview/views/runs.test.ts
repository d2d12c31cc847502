import { equal, matches, ok } from '../assert';
import { frames, openPanel, until, type OpenPanel, type PanelOptions } from '../panel';
import { manyRuns } from '../world/manyRuns';
import { answersOf, summaryOf } from '../world/world';

const runs = manyRuns(40);
const open = (options: PanelOptions = {}) => openPanel({ view: 'runs' }, { answers: answersOf(runs), ...options });
const key = (name: string) => window.person.key(name);
const names = ({ all }: OpenPanel) => all('.runs-table tbody tr .run-name').map(({ textContent }) => textContent);
const titles = ({ all }: OpenPanel) => all('.runs-table thead th').map(({ textContent }) => textContent);
const row = ({ find }: OpenPanel, name: string) => find(`.runs-table tr[data-key$="/${name}"]`);
const selected = ({ all }: OpenPanel) => all('.runs-table tr[aria-selected="true"]').length;

/** Types into the filter and waits until the table follows. */
async function filter(panel: OpenPanel, text: string): Promise<void> {
  const input = panel.find('.runs-toolbar input') as HTMLInputElement;
  input.value = text;
  input.dispatchEvent(new Event('input'));
  const before = panel.host.memories.length;
  await until(() => panel.host.memories.length > before, 'the filter');
  await frames();
}

describe('the table of runs', () => {
  it('shows the results and the columns in which the runs differ', async () => {
    const panel = await open();
    const shown = ['★', 'name', 'method', 'what was done', 'round', 'kept', 'accuracy', 'gap to dense', 'seed', 'status', 'learningRate', 'study', 'tags', 'note']; // prettier-ignore
    equal(titles(panel), shown);
    equal(names(panel).length, 40);
    const cells = [...row(panel, 'aws-seed1').querySelectorAll('td')].map(({ textContent }) => textContent);
    matches(cells.join('|'), /aws-seed1\|aws\|○search\|8\|16\.7 %\|in search 90\.61 %\|\|1\|done\|0\.1\|transfer-gap/);
  });

  it('shows only what differs among the runs that the filter leaves, and says how many these are', async () => {
    const panel = await open();
    await filter(panel, 'method:aws done:signed seed:2');
    equal(titles(panel), ['★', 'name', 'kept', 'accuracy', 'gap to dense', 'status', 'tags']);
    equal(names(panel).length, 4);
    equal(panel.find('.run-count').textContent, '4 of 40 runs');
    await filter(panel, 'acuracy>3');
    matches(panel.find('.filter-problem').textContent, /There is no column “acuracy”\. Do you mean .*accuracy/);
    await filter(panel, 'nothing is called like this');
    panel.find('.runs-table .empty button').click();
    await frames();
    equal(names(panel).length, 40);
  });

  it('is sorted by several columns with the keyboard', async () => {
    const panel = await open();
    const title = panel.all('.runs-table .sort').find(({ textContent }) => textContent === 'accuracy')!;
    title.focus();
    await key('Enter');
    equal(names(panel)[0], 'dense-seed2');
    equal(title.closest('th')!.getAttribute('aria-sort'), 'descending');
    await key('Enter');
    matches(names(panel)[0], /r08-random-signs-seed2$/);
    panel.all('.runs-table .sort').find(({ textContent }) => textContent === 'seed')!.focus(); // prettier-ignore
    await key('Enter');
    panel.all('.runs-table .sort').find(({ textContent }) => textContent === 'kept')!.focus(); // prettier-ignore
    await key('Shift+Enter');
    matches(names(panel)[0], /seed4$/);
    equal((panel.host.memories.at(-1)!['sorts'] as unknown[]).length, 2);
  });

  it('selects runs with Space, Shift and Ctrl+A, and acts on them with letters', async () => {
    const panel = await open();
    row(panel, 'aws-seed1').focus();
    await key(' ');
    await key('ArrowDown');
    equal(selected(panel), 1);
    await key(' ');
    equal(panel.find('.selected-count').textContent, '2 runs selected');
    await key('c');
    const [a, b] = [runs[0]!, runs[1]!].map((run) => run.rounds.at(-1)!.checkpoint);
    equal(panel.host.actions, [{ action: 'compare', a, b }]);
    await key('b');
    equal(panel.host.actions[1], { action: 'connectivity', a, b });
    await key('Shift+ArrowDown');
    await key('Shift+ArrowDown');
    equal(selected(panel), 3);
    await key('c');
    equal((panel.host.actions[2] as { files: string[] }).files.length, 3);
    await key('s');
    const directories = runs.slice(1, 4).map(({ directory }) => directory);
    equal(panel.host.actions[3], { action: 'star', directories, star: true });
    await key('Control+a');
    equal(selected(panel), 40);
    await key('Escape');
    equal(selected(panel), 0);
    await key('n'); // acts on the row if nothing is selected
    equal(panel.host.actions[4], { action: 'note', directories: [runs[3]!.directory] });
    await key('Enter');
    equal(panel.host.actions[5], { action: 'openRun', directory: runs[3]!.directory });
  });

  it('selects with the mouse, and stars with a click', async () => {
    const panel = await open();
    row(panel, 'aws-seed1').click();
    row(panel, 'dense-seed1').dispatchEvent(new MouseEvent('click', { bubbles: true, shiftKey: true }));
    equal(selected(panel), 3);
    row(panel, 'lrr-seed2').querySelector<HTMLElement>('.check')!.click();
    equal(selected(panel), 2);
    row(panel, 'lrr-seed2').querySelector<HTMLElement>('td.of-star')!.click();
    equal(selected(panel), 2);
    equal(panel.host.actions, [{ action: 'star', directories: [runs[1]!.directory], star: true }]);
  });

  it('groups runs with mean, deviation and number', async () => {
    const panel = await open();
    const group = panel.find('.runs-toolbar select') as HTMLSelectElement;
    group.value = 'done';
    group.dispatchEvent(new Event('change'));
    await frames();
    const first = () => [...panel.find('[data-key="group:retrained"]').children].map(({ textContent }) => textContent);
    equal(first()[1], 'retrained n = 9');
    matches(first()[6], /^91\.\d ± 0\.\d$/);
    equal(names(panel).length, 7); // searches by two methods are two groups
    panel.find('[data-key="group:retrained"]').focus();
    await key('ArrowRight');
    equal(names(panel).length, 16);
    equal(panel.find('[data-key="group:retrained"]').getAttribute('aria-expanded'), 'true');
    await key(' ');
    equal(selected(panel), 9);
  });

  it('adds and hides columns with the keyboard, and changes widths', async () => {
    const panel = await open();
    panel.find('.runs-toolbar > .button').click();
    equal((document.activeElement as HTMLInputElement).type, 'search');
    panel.find('.column-list input[value="duration"]').focus();
    await key(' ');
    ok(titles(panel).includes('duration'), titles(panel).join());
    equal(document.activeElement!.getAttribute('value'), 'duration');
    panel.find('.column-list input[value="seed"]').focus();
    await key(' ');
    ok(!titles(panel).includes('seed'), titles(panel).join());
    panel.all('.column-tools .button')[0]!.click();
    await frames();
    ok(titles(panel).includes('seed') && !titles(panel).includes('duration'), titles(panel).join());
    await key('Escape');
    const head = () => panel.find('.runs-table th[data-id="seed"]');
    const before = head().clientWidth;
    head().querySelector('button')!.focus();
    await key('Shift+ArrowRight');
    equal(head().clientWidth, before + 16);
  });

  it('keeps filter, order, columns and groups after a reload, and for the next panel', async () => {
    const memory = {
      ...{ filter: 'seed:2', sorts: [{ column: 'accuracy', descending: true }] },
      ...{ columns: { added: ['loss'], hidden: ['status'] }, group: 'done', expanded: ['retrained'] },
    };
    for (const options of [{ kept: { view: 'runs', memory } }, { memory }]) {
      const panel = await open(options);
      equal((panel.find('.runs-toolbar input') as HTMLInputElement).value, 'seed:2');
      ok(titles(panel).includes('loss') && !titles(panel).includes('status'), titles(panel).join());
      equal(names(panel).slice(0, 3), ['dense training', 'retrained', 'ticket-aws-r02-retrain-seed2']);
    }
  });

  it('follows changes of runs, and forgets those that are gone', async () => {
    const panel = await open();
    const [first, second] = runs;
    row(panel, 'lrr-seed2').click();
    const notes = { star: true as const, tags: ['new'] };
    const { directory } = first!;
    panel.host.tell({
      type: 'event',
      event: 'runs/changed',
      params: { directory, summary: { ...summaryOf(first!), notes } },
    });
    panel.host.tell({ type: 'event', event: 'runs/changed', params: { directory: second!.directory } });
    await panel.settled();
    await frames();
    equal(names(panel).length, 39);
    equal(row(panel, 'aws-seed1').querySelector('.of-star')!.getAttribute('aria-label'), 'starred');
    equal(panel.find('.selected-count').textContent, 'Nothing selected');
  });

  it('plots the selected runs together', async () => {
    const panel = await open();
    row(panel, 'aws-seed1').focus();
    await key(' ');
    await key('p');
    await until(() => panel.all('.runs-plot path.point').length > 0, 'the chart');
    matches(panel.find('.runs-plot .line-legend').textContent, /aws · search/);
    equal(panel.host.memories.at(-1)!['plot'], true);
  });

  it('exports the runs and columns that are shown', async () => {
    const panel = await open();
    await filter(panel, 'done:"dense training"');
    panel.find('.runs-toolbar [title="Save as CSV"]').click();
    await frames();
    const saved = panel.host.actions.at(-1) as { name: string; content: string };
    equal(saved.name, 'runs.csv');
    equal(saved.content.split('\r\n').slice(0, 3), [
      '# Runs',
      'star,name,kept,accuracy,measured,seed',
      ',dense-seed1,100,92.85,after full training,1',
    ]);
  });

  it('does not let an untrusted workspace change runs', async () => {
    const panel = await open({ trusted: false });
    row(panel, 'aws-seed1').focus();
    await key('s');
    equal(panel.host.actions, []);
    matches(
      panel.find('.run-actions [aria-disabled="true"][title*="trusted"]').title,
      /cannot be changed|cannot start/,
    );
  });
});

describe('the table of 10,000 runs', () => {
  it('draws only the rows in view, and is filtered and sorted', async () => {
    const many = manyRuns(40);
    const copies = Array.from({ length: 10_000 }, (_, i) => {
      const run = many[i % 40]!;
      return { ...summaryOf(run), name: `${run.name}-${i}`, directory: `${run.directory}-${i}` };
    });
    const answers = {
      ...answersOf([]),
      runs: () => copies,
    };
    const panel = await openPanel({ view: 'runs' }, { answers });
    await until(() => names(panel).length > 0, 'the rows');
    ok(names(panel).length < 120, `${names(panel).length} rows are drawn`);
    const began = performance.now();
    panel.all('.runs-table .sort').find(({ textContent }) => textContent === 'accuracy')!.click(); // prettier-ignore
    await frames();
    const took = performance.now() - began;
    ok(took < 2000, `sorting took ${Math.round(took)} ms`); // a fraction of it if the machine is not busy
    await filter(panel, 'accuracy>92 method:aws');
    matches(panel.find('.run-count').textContent, /^\d,?\d+ of 10,000 runs$/);
  });
});
