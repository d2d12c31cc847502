import { channels } from '../../../webview/charts/color';
import { flippedShare } from '../../../webview/views/run/heatData';
import { readTheme } from '../../../webview/theme';
import { moduleName } from '../../../webview/views/picture/source';
import { equal, matches, ok } from '../assert';
import { centre, openPanel, pixel, until } from '../panel';
import { connectivityRun, FOLDER, networks, searchRun } from '../world/runs';
import { answersOf } from '../world/world';

const run = searchRun('aws', 1);

describe('flips panel', () => {
  const state = { view: 'flips', directory: run.directory } as const;

  it('starts with a sentence about the result', async () => {
    const { find } = await openPanel(state);
    const [total, flipped] = [
      run.rounds[8]!.layers.reduce((sum, one) => sum + one.kept, 0),
      run.rounds[8]!.layers.reduce((sum, one) => sum + one.flippedFromInit!, 0),
    ];
    const most = [...run.rounds[8]!.layers].sort(
      (a, b) => flippedShare(b, 'initialization') - flippedShare(a, 'initialization'),
    )[0]!;
    const text = find('.finding').textContent;
    ok(
      text.startsWith(
        `After round 8, ${(100 - (100 * flipped) / total).toPrecision(3)} % of the kept weights have the sign of their initialization`,
      ),
      text,
    );
    ok(text.includes(`${most.name} flips most`), text);
  });

  it('shows flips since the initialization from round 0 on, and since the previous round from round 1 on', async () => {
    const { all } = await openPanel(state);
    const heads = all('figure').map((figure) =>
      [...figure.querySelectorAll('text.column')].map(({ textContent }) => textContent),
    );
    equal(heads[0], ['0', '1', '2', '3', '4', '5', '6', '7', '8']);
    equal(heads[2], ['1', '2', '3', '4', '5', '6', '7', '8']);
    equal(all('.legend').filter(({ textContent }) => textContent.includes('chance, 50 %')).length, 3);
  });

  it('shows the same and the flipped signs of a layer that is clicked', async () => {
    const panel = await openPanel(state);
    const body = panel.find('.figure-body');
    const { left, top } = body.getBoundingClientRect();
    const names = [...body.querySelectorAll('text.row')];
    const [, y] = centre(names[0]!);
    const [x] = centre(body.querySelectorAll('text.column')[6]!);
    ok(x > left && y > top, 'the cell is inside');
    await window.person.click(x, y);
    await panel.settled();
    equal(panel.host.selections, [{ directory: run.directory, round: 6, layer: 'conv1' }]);
    matches(panel.find('.finding').textContent, /^After round 6,/);
    await until(() => panel.find('.layer').textContent.includes('conv1'), 'the picture');
    await panel.settled();
    const canvas = panel.find('.viewport > canvas:not(.minimap)') as HTMLCanvasElement;
    const { init, weights, masks } = networks.aws[0]!;
    const flipped = weights[6]!.findIndex((w, i) => masks[6]![i] === 1 && w * init[i]! < 0);
    const scale = Math.min(canvas.clientWidth / 27, canvas.clientHeight / 16);
    const at = (index: number) => (index + 0.2) * scale;
    const color = pixel(canvas, at(flipped % 27), at(Math.floor(flipped / 27)));
    equal(color, channels(readTheme().flipped));
  });
});

describe('flips panel of a search that continues from a checkpoint without initialization', () => {
  const rounds = run.rounds.slice(4).map((round) => ({
    ...round,
    layers: round.layers.map(({ flippedFromInit: _, ...layer }) => layer),
  }));
  const continued = { ...run, rounds };

  it('says that flips since the initialization are unknown, and shows those since the previous round', async () => {
    const { find, all } = await openPanel(
      { view: 'flips', directory: run.directory },
      { answers: answersOf([continued]) },
    );
    matches(
      find('.finding').textContent,
      /^The initialization of this search is unknown, .* Compare with the previous round/,
    );
    ok(!all('*').some(({ textContent }) => textContent.includes('NaN')), 'no NaN');
  });

  it('is a run whose rounds begin later', async () => {
    const { all } = await openPanel({ view: 'run', directory: run.directory }, { answers: answersOf([continued]) });
    const rows = all('.rounds tbody tr');
    equal(rows.length, 5);
    const cells = [...rows[0]!.querySelectorAll('td')].map((cell) => cell.textContent);
    equal([cells[0], cells[3]], ['4', '–']);
    ok(!all('*').some(({ textContent }) => textContent.includes('NaN')), 'no NaN');
  });
});

describe('names of modules', () => {
  it('are those of their weights, without characters that move or hide text', () => {
    equal(['conv1.weight', 'a\u202eb', ''].map(moduleName), ['conv1', 'a\\u202eb', '(no name)']);
  });
});

describe('connectivity panel', () => {
  it('draws dashed lines for train, solid lines for test, and the barrier with its height and definition', async () => {
    const { find, all } = await openPanel({ view: 'connectivity', directories: [`${FOLDER}/reset`] });
    equal(
      all('.line').map((line) => line.classList.contains('dashed')),
      [true, false, true, false],
    );
    equal(
      all('.bracket-label').map(({ textContent }) => textContent),
      ['+7.30 points', '+0.219 nats'],
    );
    matches(
      find('.finding').textContent,
      /^Barrier 7\.30 points of test error above the mean of the ends, at α 0\.5\. Initialization stability: A and B/,
    );
    matches(
      find('figcaption').textContent,
      /Barrier: the largest test error .*Normalization: batch-norm statistics re-estimated/,
    );
    matches(find('h1').textContent, /A aws-seed1\/final · B aws-seed2\/final/);
    const ticks = [...find('figure').querySelectorAll('.x-axis .tick')];
    equal([ticks[0]!.textContent, ticks.at(-1)!.textContent], ['1 (A)', '0 (B)']);
    const x = ticks.map((one) => one.getBoundingClientRect().left);
    ok(x[0]! < x.at(-1)!, 'A is at the left');
  });

  it('lists the barrier under each name, and says which has another number of points', async () => {
    const { all, find, host, settled } = await openPanel({ view: 'connectivity', directories: [`${FOLDER}/reset`] });
    equal(
      all('.barriers tbody tr').map((row) =>
        [...row.querySelectorAll('td')].slice(0, 3).map((cell) => cell.textContent),
      ),
      [
        ['official', '7.30 points', '0.500'],
        ['Frankle', '7.30 points', '0.500'],
        ['chord', '0.219 nats', '0.500'],
      ],
    );
    matches(find('.barriers').textContent, /measured at 11 points, but the definition has 30/);
    find('.barriers button[title="Save as CSV"]').click();
    await settled();
    const [saved] = host.actions;
    ok(saved?.action === 'save' && /^reset,.*,chord,0\.219/m.test(saved.content), JSON.stringify(saved));
  });

  it('draws each point when it has been measured, before the barrier is known', async () => {
    const whole = connectivityRun('half', 5);
    const half = { ...whole, status: 'running' as const, result: undefined, points: whole.points.slice(0, 4) };
    const panel = await openPanel(
      { view: 'connectivity', directories: [half.directory] },
      { answers: answersOf([half]) },
    );
    matches(panel.find('.finding').textContent, /running, 4 of 11 points measured/);
    equal(panel.all('.bracket').length, 0);
    const { directory } = half;
    panel.host.tell({
      type: 'event',
      event: 'run/changed',
      params: {
        directory,
        reset: false,
        append: { points: whole.points.slice(4) },
        set: { status: 'done', result: whole.result },
      },
    });
    await panel.settled();
    equal(panel.all('.bracket').length, 2);
    equal(panel.all('figure:first-child .point').length, 11);
  });

  it('draws no bracket if the maximum is at an end, because that is no barrier', async () => {
    const run = connectivityRun('ends', 5);
    ok(run.result?.kind === 'connectivity', 'it has ended');
    const atEnd = {
      ...run.result,
      barrier: { ...run.result.barrier, alpha: 0 },
      barriers: run.result.barriers.map((one) => ({ ...one, alpha: 0 })),
    };
    const panel = await openPanel(
      { view: 'connectivity', directories: [run.directory] },
      { answers: answersOf([{ ...run, result: atEnd }]) },
    );
    equal(panel.all('.bracket').length, 0);
    matches(panel.find('.finding').textContent, /^No barrier between the ends/);
  });

  it('has a matrix for many pairs, and gives each pair the hue of its method and a mark of its own', async () => {
    const directories = ['kept', 'reset', 'far'].map((name) => `${FOLDER}/${name}`);
    const { all, find, settled } = await openPanel({ view: 'connectivity', directories });
    equal(all('figure').length, 3);
    equal(all('.bracket').length, 6);
    equal(all('.bracket-label').length, 0, 'words would cover the curves');
    equal(all('.end-label').length, 0, 'they would cross at B, where all pairs end; the table is the legend');
    equal(
      all('.barriers tbody tr').map((row) => [...row.querySelectorAll('td')].map((cell) => cell.textContent).join('|')),
      [
        '1 – 2|aws-seed2|lrr-seed2|initialization stability|0.400 points|0.400 points|0.0120 nats|11',
        '3 – 1|aws-seed1|aws-seed2|initialization stability|7.30 points|7.30 points|0.219 nats|11',
        '3 – 2|aws-seed1|lrr-seed2|initialization stability|21.5 points|21.5 points|0.645 nats|11',
      ],
    );
    matches(find('.finding').textContent, /: 21\.5 points \(3 – 2\); lowest: 0\.400 points \(1 – 2\)\.$/);
    const matrix = all('figure').at(-1)!;
    matches(matrix.querySelector('figcaption')!.textContent, /largest test error above the mean of the ends/);
    find('[data-value="chord"]').click();
    await settled();
    matches(matrix.querySelector('figcaption')!.textContent, /largest training loss above the chord/);
    matches(matrix.querySelector('.legend')?.textContent ?? matrix.textContent, /0\.645/);
    equal(
      all('figure:first-child .line').map((line) => line.getAttribute('stroke')),
      Array<string>(6).fill(readTheme().methods.aws),
    );
    const marks = all('figure:first-child .point').map((point) => point.getAttribute('d'));
    equal(new Set(marks).size, 3, 'different marks');
    equal(
      all('.barriers .swatch-mark').map((mark) => mark.getAttribute('d')),
      [...new Set(marks)],
      'the same marks in the table',
    );
  });

  it('brings the lines of a pair to the front while its row has the pointer or the focus', async () => {
    const directories = ['kept', 'reset'].map((name) => `${FOLDER}/${name}`);
    const { all, find, settled } = await openPanel({ view: 'connectivity', directories });
    const forward = () => all('figure .line.forward').map((line) => line.getAttribute('data-row'));
    equal(forward(), []);
    find('.barriers tbody tr:nth-child(2)').focus();
    await settled();
    equal(forward(), Array<string>(4).fill(directories[1]!));
    equal(all('figure .behind.bracket').length, 2, 'the brackets of the other pair');
    find('.barriers tbody tr:nth-child(2)').blur();
    await settled();
    equal(all('figure .behind').length, 0);
  });

  for (const [width, height] of [
    [700, 1400],
    [2200, 1400],
  ] as const)
    // prettier-ignore
    it(`draws charts of a reasonable height at ${width} px`, async () => {
      await window.person.resize(width, height);
      try {
        const directories = ['kept', 'reset', 'far'].map((name) => `${FOLDER}/${name}`);
        const { all } = await openPanel({ view: 'connectivity', directories });
        const heights = all('.figure-body').map((body) => body.clientHeight);
        ok(heights[0]! >= 260 && heights[0]! <= 440, `${heights[0]} px`);
        const matrix = all('figure').at(-1)!;
        const gap =
          matrix.querySelector('figcaption')!.getBoundingClientRect().top -
          matrix.querySelector('.figure-body')!.getBoundingClientRect().bottom;
        ok(gap < 20, `the caption is ${gap} px below the matrix`);
      } finally {
        await window.person.resize(1200, 800);
      }
    });

  it('opens its ends, and stops and resumes the measurement', async () => {
    const whole = connectivityRun('half', 5);
    const half = { ...whole, status: 'running' as const, result: undefined, points: whole.points.slice(0, 4) };
    const { directory } = half;
    const panel = await openPanel({ view: 'connectivity', directories: [directory] }, { answers: answersOf([half]) });
    const labels = () => panel.all('.run-header .actions button').map(({ textContent }) => textContent);
    equal(labels(), ['A aws-seed1/final', 'B aws-seed2/final', 'Stop']);
    const share = panel.find('.bar').getBoundingClientRect().width / panel.find('.run-header').clientWidth;
    ok(Math.abs(share - 4 / 11) < 0.01, `the progress is ${share}`);
    for (const pressed of panel.all('.run-header .actions button')) pressed.click();
    equal(panel.host.actions, [
      { action: 'openCheckpoint', file: half.sources[0]!.file },
      { action: 'openCheckpoint', file: half.sources[1]!.file },
      { action: 'stop', directory },
    ]);
    const params = { directory, reset: false, append: {}, set: { status: 'stopped' as const } };
    panel.host.tell({ type: 'event', event: 'run/changed', params });
    await until(() => labels().at(-1) === 'Resume', 'the button to resume');
    ok(panel.find('.bar').hidden, 'no progress');
  });

  it('shows which run cannot be read, and draws the others', async () => {
    const { find, all } = await openPanel({ view: 'connectivity', directories: [`${FOLDER}/kept`, '/nowhere'] });
    matches(find('[role=alert]').textContent, /nowhere holds no run/);
    equal(all('.bracket').length, 2);
  });
});
