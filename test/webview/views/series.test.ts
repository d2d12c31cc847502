import type { SavedState } from '../../../webview/protocol';
import { equal, matches, ok } from '../assert';
import { openPanel, until } from '../panel';
import { FOLDER, networks } from '../world/runs';
import { checkpointPath } from '../world/checkpoints';
import { answersOf, study } from '../world/world';

describe('series panel', () => {
  const state = { view: 'series', targets: [`${FOLDER}/aws-seed1/checkpoints`] } as const;
  const open = () => openPanel({ view: 'series', targets: [...state.targets] });

  it('says what changed from the first to the last checkpoint', async () => {
    const { find } = await open();
    matches(
      find('.finding').textContent,
      /^From round-00\.safetensors to round-08\.safetensors, the kept share changes from 100 % to \d+\.\d %\. Of the weights kept in both, [\d.]+ % have another sign\. \S+ flips most \([\d.]+ %\)\.$/,
    );
    matches(find('h1').textContent, /^Series · checkpoints · 9 checkpoints$/);
  });

  it('has a column for each checkpoint, and none for the first where cells compare with the one before', async () => {
    const { find, all, settled } = await open();
    const columns = () => all('figure text.column').map(({ textContent }) => textContent);
    equal(columns().length, 9);
    find('[data-value="sincePrevious"]').click();
    await settled();
    equal([columns().length, columns()[0]], [8, '01']);
    ok(
      all('.legend').some(({ textContent }) => textContent.includes('chance, 50 %')),
      'the scale ends at chance',
    );
  });

  it('shows the flips of a layer against the checkpoint that the cells compare with', async () => {
    const panel = await open();
    await panel.settled();
    const opened = () => panel.host.requests.filter(({ method }) => method === 'checkpoint/picture');
    await until(() => opened().length > 0, 'the picture');
    equal((opened().at(-1)!.params as { against?: string }).against, undefined);
    panel.find('[data-value="sincePrevious"]').click();
    await panel.settled();
    await until(
      () => (opened().at(-1)!.params as { against?: string }).against === checkpointPath('aws', 7),
      'flips since round 7',
    );
  });

  it('shows a layer that has another name in a later checkpoint', async () => {
    const answers = answersOf(study());
    const later = (file: unknown) => file !== checkpointPath('aws', 0);
    const panel = await openPanel(
      { view: 'series', targets: [...state.targets] },
      {
        answers: {
          ...answers,
          'checkpoint/open': (params) => {
            const header = answers['checkpoint/open'](params);
            const renamed = header.layers.map((layer) => ({ ...layer, name: `module.${layer.name}` }));
            return later(params.file) ? { ...header, layers: renamed } : header;
          },
        },
      },
    );
    await panel.settled();
    const opened = () => panel.host.requests.filter(({ method }) => method === 'checkpoint/picture');
    await until(() => opened().length > 0, 'the picture');
    const { file, layer, orderOf } = opened().at(-1)!.params as Record<string, unknown>;
    equal([file, layer, orderOf], [checkpointPath('aws', 8), networks.aws[0]!.name, checkpointPath('aws', 0)]);
  });

  it('shows a layer that is dense in the first checkpoint', async () => {
    const answers = answersOf(study());
    const panel = await openPanel(
      { view: 'series', targets: [...state.targets] },
      {
        answers: {
          ...answers,
          'checkpoint/open': (params) => {
            const header = answers['checkpoint/open'](params);
            return { ...header, layers: [], dense: header.layers };
          },
        },
      },
    );
    await panel.settled();
    await until(
      () => panel.host.requests.some(({ method }) => method === 'checkpoint/picture'),
      'the picture of the layer',
    );
    equal(panel.all('.layer .empty').length, 0);
  });

  it('shows that a layer has no name', async () => {
    const answers = answersOf(study());
    const panel = await openPanel(
      { view: 'series', targets: [...state.targets] },
      {
        answers: {
          ...answers,
          'checkpoint/series': (params) => {
            const series = answers['checkpoint/series'](params);
            series.layers[0]!.name = '';
            series.checkpoints.at(-1)!.layers[0] = null;
            return series;
          },
        },
      },
    );
    await panel.settled();
    equal(panel.all('figure text.row')[0]!.textContent, '(no name)');
    equal(panel.find('.layer .empty').textContent, 'round-08.safetensors has no layer (no name).');
  });

  it('says which checkpoint lacks the layer', async () => {
    const answers = answersOf(study());
    const panel = await openPanel(
      { view: 'series', targets: [...state.targets] },
      {
        answers: {
          ...answers,
          'checkpoint/series': (params) => {
            const series = answers['checkpoint/series'](params);
            series.checkpoints.at(-1)!.layers[0] = null;
            return series;
          },
        },
      },
    );
    await panel.settled();
    equal(panel.find('.layer .empty').textContent, `round-08.safetensors has no layer ${networks.aws[0]!.name}.`);
  });

  it('moves through the checkpoints with the slider, and remembers the place', async () => {
    const panel = await open();
    await panel.settled();
    const slider = panel.find('input[type=range]') as HTMLInputElement;
    slider.value = '3';
    slider.dispatchEvent(new Event('input'));
    await panel.settled();
    equal(slider.getAttribute('aria-valuetext'), 'round-03.safetensors');
    ok(panel.find('output').textContent.includes('4 of 9'), panel.find('output').textContent);
    equal((panel.host.kept as SavedState).memory?.['column'], 3);
  });

  it('offers agreement with the initialization only if one was given', async () => {
    const { all } = await open();
    equal(all('[data-value="likeInit"]').length, 0);
    const init = `${FOLDER}/aws-seed1/checkpoints/initialization.safetensors`;
    const given = await openPanel({ view: 'series', targets: [...state.targets], init });
    equal(given.all('[data-value="likeInit"]').length, 1);
  });

  it('shows an error in the place of the figures, and tries again', async () => {
    let attempts = 0;
    const answers = {
      ...answersOf(study()),
      'checkpoint/series': () => {
        attempts++;
        throw new Error('x.pth is an empty file. Copy or download it again.');
      },
    };
    const { find } = await openPanel({ view: 'series', targets: ['/x'] }, { answers });
    ok(find('.error').textContent.includes('is an empty file'), find('.error').textContent);
    find('.error button').click();
    await until(() => attempts === 2, 'the second attempt');
  });

  it('has a row for each layer', async () => {
    const { all } = await open();
    equal(all('figure text.row').length, networks.aws.length);
  });
});
