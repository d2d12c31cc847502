import type { Comparison, NameMap } from '../../../engine/protocol';
import { equal, matches, ok } from '../assert';
import { openPanel, until, type OpenPanel } from '../panel';
import { checkpointPath } from '../world/checkpoints';
import { answersOf, study, type Answers } from '../world/world';

const [a, b] = [checkpointPath('aws', 2), checkpointPath('aws', 6)];
const state = { view: 'compare', a, b } as const;
const [first, second] = ['conv1', 'layer1.0.conv1'];

/** Both files have two state dicts. */
function withStates(): Answers {
  const answers = answersOf(study());
  return {
    ...answers,
    'checkpoint/open': ({ file }) => {
      const shown = typeof file === 'string' ? 'model' : (file.state ?? 'model');
      return { ...answers['checkpoint/open']({ file }), state: shown, states: ['model', 'ema'] };
    },
  };
}

/** Two layers have a partner only if they are matched by hand. */
function withoutPartners(all = false): Answers {
  const answers = answersOf(study());
  return {
    ...answers,
    'checkpoint/compare': (params): Comparison => {
      const comparison = answers['checkpoint/compare'](params);
      const map: NameMap = params.map ?? [];
      const odd = comparison.layers.filter(
        ({ name }) => (all || [first, second].includes(name)) && !map.some(([one]) => one === name),
      );
      const unmatched = (['a', 'b'] as const).flatMap((side) =>
        odd.map(({ name }) => ({ name, side, reason: 'there is no such layer in the other file' })),
      );
      const layers = comparison.layers
        .filter((layer) => !odd.includes(layer))
        .map((layer) => {
          const pair = map.find(([name]) => name === layer.name);
          return pair ? { ...layer, match: { by: 'map' as const, nameB: pair[1] } } : layer;
        });
      return { ...comparison, layers, unmatched };
    },
  };
}

const select = ({ find }: OpenPanel, name: string) => find(`select[aria-label="${name}"]`) as HTMLSelectElement;
const requests = ({ host }: OpenPanel, method: string) =>
  host.requests.filter((request) => request.method === method).map(({ params }) => params as Record<string, unknown>);

describe('state dicts in the compare panel', () => {
  it('can be chosen for each side, are remembered for the file, and are used everywhere', async () => {
    const panel = await openPanel(state, { answers: withStates() });
    const side = () => panel.find('select[data-side="b"]') as HTMLSelectElement;
    equal(
      [...side().options].map(({ textContent }) => textContent),
      ['default (model)', 'ema'],
    );
    side().value = 'ema';
    side().dispatchEvent(new Event('change'));
    await panel.settled();
    await panel.settled();
    equal(panel.host.fileChoices, [{ type: 'fileChoices', file: b, choices: { state: 'ema' } }]);
    equal(requests(panel, 'checkpoint/compare').at(-1), { a, b: { file: b, state: 'ema' } });
    const pictures = requests(panel, 'checkpoint/picture').slice(-3);
    ok(
      pictures.some(({ file }) => JSON.stringify(file) === JSON.stringify({ file: b, state: 'ema' })),
      'the picture of B',
    );
    equal([side().value, document.activeElement], ['ema', side()]);
  });

  it('that are remembered for a file are shown at once, and move with the file', async () => {
    const panel = await openPanel(state, { answers: withStates(), files: { [a]: { state: 'ema' } } });
    equal(requests(panel, 'checkpoint/compare'), [{ a: { file: a, state: 'ema' }, b }]);
    panel
      .all('.actions button')
      .find(({ textContent }) => textContent === 'Swap A and B')!
      .click();
    await panel.settled();
    equal(requests(panel, 'checkpoint/compare').at(-1), { a: b, b: { file: a, state: 'ema' } });
    equal((panel.find('select[data-side="b"]') as HTMLSelectElement).value, 'ema');
  });

  it('are not offered if the files have only one', async () => {
    const panel = await openPanel(state);
    equal(panel.all('select[data-side]').length, 0);
  });

  it('can be reset if the chosen one is no longer in the file', async () => {
    const answers = withStates();
    const panel = await openPanel(state, {
      answers: {
        ...answers,
        'checkpoint/open': (params) => {
          if (typeof params.file !== 'string') throw new Error('There is no state dict "ema".');
          return answers['checkpoint/open'](params);
        },
      },
      files: { [a]: { state: 'ema' } },
    });
    panel
      .all('button')
      .find(({ textContent }) => textContent === 'Use the default state dicts')!
      .click();
    await panel.settled();
    matches(panel.find('.finding').textContent, /^Masks: IoU/);
  });
});

describe('a layer that is dense in A', () => {
  it('is shown in the order of axes of A, not of its partner in B', async () => {
    const answers = answersOf(study());
    const panel = await openPanel(state, {
      answers: {
        ...answers,
        'checkpoint/open': (params) => {
          const header = answers['checkpoint/open'](params);
          if (params.file !== a) return header;
          const dense = header.layers.map((layer) => ({ ...layer, shape: [...layer.shape].reverse() }));
          return { ...header, layers: [], dense };
        },
      },
    });
    const { shape } = answers['checkpoint/open']({ file: a }).layers.find(({ name }) =>
      panel.find('.chosen').textContent.startsWith(`${name} ·`),
    )!;
    matches(panel.find('.chosen').textContent, new RegExp(` · ${[...shape].reverse().join(' × ')} · IoU`));
  });
});

describe('matching layers by hand in the compare panel', () => {
  it('is done with keys, is kept for the pair of files, and is shown', async () => {
    const panel = await openPanel(state, { answers: withoutPartners() });
    matches(
      panel.find('.matching summary').textContent,
      /^Match layers by hand: 2 layers of A and 2 of B have no partner$/,
    );
    panel.find('.matching summary').focus();
    await window.person.key('Enter');
    await window.person.key('Tab');
    equal(document.activeElement, select(panel, 'Layer of A'));
    await window.person.key('ArrowDown');
    select(panel, 'Layer of A').value = second;
    select(panel, 'Layer of A').dispatchEvent(new Event('change'));
    equal(
      [...select(panel, 'Layer of B').options].map(({ disabled }) => disabled),
      [false, true],
    );
    await window.person.key('Tab');
    await window.person.key('Tab');
    await window.person.key('Enter');
    await panel.settled();
    await panel.settled();
    const matched = { a, b, map: [[second, second]] };
    equal(panel.host.matched, [{ type: 'matched', matched }]);
    equal(requests(panel, 'checkpoint/compare').at(-1)!['map'], [[second, second]]);
    equal(requests(panel, 'checkpoint/picture').at(-1)!['map'], [[second, second]]);
    matches(panel.find('.finding').textContent, /1 layer is matched by hand\./);
    matches(panel.find('.matching li').textContent, /^layer1\.0\.conv1 = layer1\.0\.conv1, matched by hand$/);
  });

  it('that was kept is used at once, and can be removed', async () => {
    const kept = [{ a: b, b: a, map: [[first, first]] as NameMap }];
    const panel = await openPanel(state, { answers: withoutPartners(), matched: kept });
    equal(requests(panel, 'checkpoint/compare')[0]!['map'], [[first, first]]);
    panel.find('.matching li button').click();
    await panel.settled();
    await panel.settled();
    equal(panel.host.matched.at(-1)!.matched.map, []);
    equal(requests(panel, 'checkpoint/compare').at(-1)!['map'], undefined);
    equal(panel.all('.matching li').length, 0);
  });

  it('keeps a match whose layers are not in the files now, without using it', async () => {
    const panel = await openPanel(state, { matched: [{ a, b, map: [['gone', first]] }] });
    equal(requests(panel, 'checkpoint/compare')[0]!['map'], undefined);
    matches(panel.find('.matching li').textContent, /not in the files now/);
  });

  it('is possible if no layer has a partner', async () => {
    const panel = await openPanel(state, { answers: withoutPartners(true) });
    matches(panel.find('.empty').textContent, /^A and B have no layer in common/);
    panel.find('.matching summary').click();
    panel
      .all('.matching button')
      .find(({ textContent }) => textContent === 'Match')!
      .click();
    await until(() => panel.all('.comparison tbody tr').length === 1, 'the matched layer');
    await until(() => panel.find('.chosen').textContent.includes('IoU'), 'its pictures');
  });

  it('is not offered if all layers have a partner', async () => {
    const panel = await openPanel(state);
    ok(panel.find('.matching').hidden, 'hidden');
  });
});
