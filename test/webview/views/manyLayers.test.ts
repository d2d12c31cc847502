import type { CheckpointHeader, Inspection } from '../../../engine/protocol';
import { equal, ok } from '../assert';
import { frames, openPanel, until, type OpenPanel } from '../panel';
import { checkpointPath } from '../world/checkpoints';
import { answersOf, study, type Answers } from '../world/world';

const COPIES = 480;
const file = checkpointPath('aws', 6);

/** Returns answers about a checkpoint of 10,080 layers, which are copies of those of another. */
function manyLayers(): Answers {
  const answers = answersOf(study());
  const copied = <Layer extends { name: string }>(layers: readonly Layer[]) =>
    Array.from({ length: COPIES }, (_, copy) =>
      layers.map((layer) => ({ ...layer, name: `blocks.${copy}.${layer.name}` })),
    ).flat();
  const original = (layer: string) => layer.replace(/^blocks\.\d+\./u, '');
  let inspection: Inspection | undefined;
  return {
    ...answers,
    'checkpoint/open': (params): CheckpointHeader => {
      const one = answers['checkpoint/open'](params);
      return { ...one, layers: copied(one.layers) };
    },
    'checkpoint/statistics': (params) => {
      const one = answers['checkpoint/statistics'](params);
      return (inspection ??= { ...one, layers: copied(one.layers) });
    },
    'checkpoint/picture': (params) => answers['checkpoint/picture']({ ...params, layer: original(params.layer) }),
    'checkpoint/marginals': (params) => answers['checkpoint/marginals']({ ...params, layer: original(params.layer) }),
  };
}

/** Returns how many elements were added, and how many rows were changed in another way, while `act` ran. */
async function changes({ find }: OpenPanel, act: () => Promise<void>): Promise<{ added: number; rows: number }> {
  const observer = new MutationObserver(() => undefined);
  const table = find('.layers tbody');
  observer.observe(table, { childList: true, subtree: true, attributes: true, characterData: true });
  await act();
  await frames();
  const records = observer.takeRecords();
  observer.disconnect();
  const added = records.flatMap(({ addedNodes }) => [...addedNodes]);
  const rows = new Set(records.flatMap(({ target }) => (target as Element).closest('tr') ?? []));
  return { added: added.length, rows: rows.size };
}

for (const grouped of [false, true])
  describe(`the overview of 10,080 ${grouped ? 'grouped ' : ''}layers`, () => {
    const open = async () => {
      const kept = { view: 'checkpoint', file, memory: { page: 'overview', grouped } };
      const panel = await openPanel({ view: 'checkpoint', file }, { answers: manyLayers(), kept });
      panel.find('.layers tbody tr').focus();
      return panel;
    };

    it('changes two rows for an arrow key, and reads nothing', async () => {
      const panel = await open();
      const asked = panel.host.requests.length;
      const { added, rows } = await changes(panel, () => window.person.key('ArrowDown'));
      equal(panel.all('.layers [aria-selected="true"]').length, 1);
      equal(added, 0, 'new elements');
      ok(rows <= 2, `${rows} rows were changed`);
      await panel.settled();
      equal(panel.host.requests.length, asked, 'requests');
    });

    it('draws only the rows that come into view', async () => {
      const panel = await open();
      const scroll = panel.find('.layers > .scroll');
      const height = panel.find('.layers tbody tr').getBoundingClientRect().height;
      const last = () => Number(panel.all('.layers tbody tr').at(-1)!.getAttribute('aria-rowindex'));
      const before = last();
      scroll.scrollTop = 100 * height;
      await until(() => last() >= before + 90, 'the rows after the first 100');
      const [end, kept] = [last(), new Set(panel.all('.layers tbody tr'))];
      scroll.scrollTop += 5 * height;
      await until(() => last() >= end + 4, 'the next five rows');
      const drawn = panel.all('.layers tbody tr').filter((row) => !kept.has(row));
      ok(drawn.length >= 4 && drawn.length <= 6, `${drawn.length} rows are new`);
      ok(kept.size < 3 * (scroll.clientHeight / height) + 20, `${kept.size} rows are drawn`);
    });
  });
