import type { RunDelta } from '../../../engine/protocol';
import { equal, matches, near, ok } from '../assert';
import { centre, openPanel, until } from '../panel';
import { runningRun, searchRun, trainRun, waitingRun } from '../world/runs';
import { answersOf } from '../world/world';

const directory = searchRun('aws', 1, 1).directory;
const texts = (elements: Element[]) => elements.map(({ textContent }) => textContent);

describe('run panel', () => {
  it('shows what the run is, and its result', async () => {
    const { find } = await openPanel({ view: 'run', directory });
    equal(find('h1').textContent, 'aws · resnet20 · fashion-mnist · seed 1');
    matches(find('.run-header [role=status]').textContent, /^done16\.\d % of prunable weights kept$/);
  });

  it('draws accuracy against density of all related runs: separate lines for searches and full trainings, and dense runs as reference', async () => {
    const { all, find } = await openPanel({ view: 'run', directory });
    const figure = find('figure[aria-label^="Accuracy"]');
    equal(texts([...figure.querySelectorAll('.line-name')]), [
      'dense',
      'aws · signed mask',
      'aws · search, official',
      'lrr · search',
      'aws · mask only',
    ]);
    equal(figure.querySelectorAll('.references line').length, 1);
    equal(all('.point[data-key]').length, 9, 'own rounds that can be chosen');
    const x = [...figure.querySelectorAll('.point[data-key]')].map((point) => point.getBoundingClientRect().left);
    const steps = x.slice(1).map((value, i) => value - x[i]!);
    for (const step of steps) near(step, steps[0]!, 1, 'equal pruning fractions are equal steps on the log axis');
  });

  it('lists the rounds with the numbers of events.jsonl', async () => {
    const { all } = await openPanel({ view: 'run', directory });
    const rows = all('.rounds tbody tr');
    equal(rows.length, 9);
    const { rounds } = searchRun('aws', 1);
    const flips = rounds[8]!.layers.reduce((sum, layer) => sum + layer.flippedFromInit!, 0);
    const kept = rounds[8]!.layers.reduce((sum, layer) => sum + layer.kept, 0);
    const expected = ['8', `${((kept / 270256) * 100).toPrecision(3)} %`, `${rounds[8]!.test.accuracy.toFixed(1)} %`];
    equal(texts([...rows[8]!.querySelectorAll('td')]).slice(0, 4), [
      ...expected,
      `${((flips / kept) * 100).toPrecision(3)} %`,
    ]);
  });

  it('opens, compares and transfers a round’s checkpoint', async () => {
    const { all, host } = await openPanel({ view: 'run', directory });
    for (const action of all('.rounds tbody tr:nth-child(3) button')) action.click();
    const at = (round: number) => `${directory}/checkpoints/round-0${round}.safetensors`;
    equal(host.actions, [
      { action: 'openCheckpoint', file: at(2) },
      { action: 'compare', a: at(1), b: at(2) },
      { action: 'transfer', file: at(2) },
    ]);
  });

  it('lets the user choose a round by click or key, also in other panels of the run', async () => {
    const { all, host, settled } = await openPanel({ view: 'run', directory });
    all('.rounds tbody tr')[3]!.click();
    equal(host.selections.at(-1), { directory, round: 3 });
    all('.rounds tbody tr')[3]!.focus();
    await window.person.key('ArrowDown');
    await settled();
    equal(host.selections.at(-1), { directory, round: 4 });
    equal(
      all('.rounds tr[aria-selected="true"]').map((row) => row.dataset['key']),
      ['4'],
    );
    ok(document.querySelector('.point.selected[data-key="4"]'), 'the point of the round is marked');
    ok(document.querySelector('.selection rect'), 'the column of the round is framed');
    host.tell({ type: 'selected', selection: { directory, round: 7, layer: 'conv1' } });
    await settled();
    equal(
      all('.rounds tr[aria-selected="true"]').map((row) => row.dataset['key']),
      ['7'],
    );
    equal(all('.selection rect').length, 2);
  });

  it('moves through the heatmap with the arrow keys, and shows the values of a cell', async () => {
    const { find, host, settled } = await openPanel({ view: 'run', directory });
    const body = find('figure[aria-label^="Kept"] .figure-body');
    body.focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowLeft']) await window.person.key(key);
    await settled();
    equal(host.selections.at(-1), { directory, round: 7, layer: 'layer1.0.conv1' });
    matches(find('.tooltip.shown').textContent, /^layer1\.0\.conv1, round 7\nkept [\d,]+ of 2,304 \(\d/);
  });

  it('shows new losses, progress and rounds of a running run', async () => {
    const run = runningRun();
    const { host, find, all, settled } = await openPanel(
      { view: 'run', directory: run.directory },
      { answers: answersOf([run]) },
    );
    matches(find('.run-header [role=status]').textContent, /runninground 3\/8 · epoch 2\/4 · 41 min left/);
    near(
      find('.bar').getBoundingClientRect().width / find('.run-header').getBoundingClientRect().width,
      (3 + 1.5 / 4) / 9,
      0.01,
    );
    const path = () => find('.line[data-key="steps"]').getAttribute('d')!.length;
    const before = path();
    const delta: RunDelta = {
      directory: run.directory,
      reset: false,
      append: {
        losses: [{ round: 3, epoch: 1, step: 44, steps: 80, loss: 0.2, accuracy: 93, learningRate: 0.1 }],
        rounds: [searchRun('aws', 1).rounds[3]!],
      },
      set: { progress: { ...run.progress!, epoch: 2, secondsLeft: 59 } },
    };
    host.tell({ type: 'event', event: 'run/changed', params: delta });
    await settled();
    ok(path() > before, 'the loss went on');
    equal(all('.rounds tbody tr').length, 4);
    matches(find('.run-header [role=status]').textContent, /epoch 3\/4 · 59 s left/);
    find('.actions button:last-child').click();
    equal(host.actions.at(-1), { action: 'stop', directory: run.directory });
  });

  it('requests a new snapshot after a reset, and ignores changes of other runs', async () => {
    const run = runningRun();
    const { host, settled } = await openPanel({ view: 'run', directory: run.directory }, { answers: answersOf([run]) });
    const asked = () => host.requests.filter(({ method }) => method === 'run/snapshot').length;
    const delta = { reset: true, append: {}, set: {} };
    host.tell({ type: 'event', event: 'run/changed', params: { ...delta, directory: '/other' } });
    await settled();
    equal(asked(), 1);
    host.tell({ type: 'event', event: 'run/changed', params: { ...delta, directory: run.directory } });
    await settled();
    equal(asked(), 2);
  });

  it('offers to resume a stopped run, and shows its progress', async () => {
    const run = { ...runningRun(), status: 'stopped' as const };
    const { host, find } = await openPanel({ view: 'run', directory: run.directory }, { answers: answersOf([run]) });
    equal(find('.run-header [role=status]').textContent, 'stoppedround 3/8 · epoch 2/4');
    find('.actions button:last-child').click();
    equal(host.actions, [{ action: 'resume', directory: run.directory }]);
  });

  it('shows that a run is stopping, and then has no button for it', async () => {
    const run = runningRun();
    const { host, find, all } = await openPanel(
      { view: 'run', directory: run.directory },
      { answers: answersOf([run]) },
    );
    equal(texts(all('.actions button')), ['Sign flips', 'Stop']);
    const params: RunDelta = { directory: run.directory, reset: false, append: {}, set: { stopping: true } };
    host.tell({ type: 'event', event: 'run/changed', params });
    await until(() => all('.actions button').length === 1, 'the button to go');
    equal(find('.run-header [role=status]').textContent, 'stopping…round 3/8 · epoch 2/4');
  });

  it('shows warnings about a running run at once', async () => {
    const run = runningRun();
    const { host, all, find } = await openPanel(
      { view: 'run', directory: run.directory },
      { answers: answersOf([run]) },
    );
    ok(find('.warnings').hidden, 'nothing to warn of');
    const warnings = ['Pruning after round 3 keeps no weight of fc1.'];
    const params: RunDelta = { directory: run.directory, reset: false, append: {}, set: { warnings } };
    host.tell({ type: 'event', event: 'run/changed', params });
    await until(() => !find('.warnings').hidden, 'the warning to come');
    equal(texts(all('.warnings li')), warnings);
  });

  it('offers to stop and to resume only if the workspace is trusted', async () => {
    const run = runningRun();
    const { host, all } = await openPanel(
      { view: 'run', directory: run.directory },
      { answers: answersOf([run]), trusted: false },
    );
    equal(texts(all('.actions button')), ['Sign flips']);
    host.tell({ type: 'trusted' });
    await until(() => all('.actions button').length === 2, 'the button to come');
  });

  it('says what will appear in empty places, and shows errors in the place of the data', async () => {
    const run = waitingRun();
    const { all } = await openPanel({ view: 'run', directory: run.directory }, { answers: answersOf([run]) });
    equal(all('.empty').length, 4);
    const missing = await openPanel({ view: 'run', directory: '/nowhere' });
    equal(missing.find('[role=alert]').textContent, '/nowhere holds no run; open another one.');
  });

  it('shows the accuracy of a full training', async () => {
    const { find, all } = await openPanel({ view: 'run', directory: trainRun('signed-mask-8', 91.1).directory });
    matches(find('.run-header [role=status]').textContent, /test accuracy 91\.1 % after full training/);
    matches(find('h1').textContent, /signed-mask of aws-seed1\/round-08$/);
    equal(
      all('.rounds th').some(({ textContent }) => textContent === 'accuracy'),
      true,
    );
  });

  it('shows the table behind a chart with T, and saves it as picture and as table', async () => {
    const { find, host } = await openPanel({ view: 'run', directory });
    const figure = find('figure[aria-label^="Accuracy"]');
    figure.querySelector<HTMLElement>('button[title^="Show as table"]')!.focus();
    await window.person.key('t');
    equal(figure.querySelectorAll('.figure-table tbody tr').length, 9 + 9 + 4);
    await window.person.key('T');
    for (const save of figure.querySelectorAll<HTMLElement>('.figure-tools .button')) save.click();
    await until(() => host.actions.length === 5, 'five files');
    const saved = host.actions
      .flatMap((one) => (one.action === 'save' ? [one] : []))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
    equal(
      saved.map(({ name }) => name),
      ['csv', 'json', 'md', 'png', 'svg'].map((ending) => `aws-seed1-accuracy.${ending}`),
    );
    equal(
      saved[0]!.content.split('\r\n').find((line) => !line.startsWith('#')),
      'run,what,seed,round,density,"test accuracy, %","as the official code measures it, %"',
    );
    equal(saved[0]!.content.trim().split('\r\n').length, 2 + 22);
    const parsed = JSON.parse(saved[1]!.content) as { title: string; rows: Record<string, unknown>[] };
    equal([parsed.title, parsed.rows.length], ['Accuracy against sparsity', 22]);
    ok(saved[2]!.content.includes('\n| run | what | seed |'), 'a table in Markdown');
    ok(atob(saved[3]!.content).startsWith('\u0089PNG'), 'PNG bytes');
    const svg = new DOMParser().parseFromString(saved[4]!.content, 'image/svg+xml');
    equal(svg.querySelector('parsererror'), null);
    const line = svg.querySelector('path[data-key^="search aws"]');
    equal(line?.getAttribute('fill'), 'none', 'styles are written out');
    ok(!saved[4]!.content.includes('style='), 'no inline styles');
  });

  it('shows no progress after the run has ended, even if the last change had some', async () => {
    const run = { ...runningRun(), status: 'done' as const };
    const { find } = await openPanel({ view: 'run', directory: run.directory }, { answers: answersOf([run]) });
    equal(find('.run-header [role=status]').textContent, 'done');
    ok(find('.bar').hidden, 'no progress bar');
  });

  it('has one accuracy column for a training, and a sentence instead of the heatmap of a dense run', async () => {
    const training = await openPanel({ view: 'run', directory: trainRun('signed-mask-8', 91.1).directory });
    equal(texts(training.all('text.column')), ['final']);
    const dense = await openPanel({ view: 'run', directory: trainRun('dense-seed1', 93.1).directory });
    equal(texts(dense.all('.empty')), ['A dense run prunes nothing.']);
  });

  it('keeps the choices of the user across a reload', async () => {
    const { all, host } = await openPanel({ view: 'run', directory });
    all('.rounds tbody tr')[5]!.click();
    const again = await openPanel({ view: 'run', directory }, { kept: host.kept });
    equal(
      again.all('.rounds tr[aria-selected="true"]').map((row) => row.dataset['key']),
      ['5'],
    );
  });

  it('shows the numbers of a point under the pointer', async () => {
    const { find } = await openPanel({ view: 'run', directory });
    await window.person.move(...centre(find('.point[data-key="2"]')));
    await until(() => document.querySelector('.tooltip.shown') !== null, 'a tooltip');
    matches(
      find('.tooltip.shown').textContent,
      /^aws-seed1, seed 1\naws · search, official\nround 2\nkept 64 %\naccuracy 92\.4 %$/,
    );
  });
});
