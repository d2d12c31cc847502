import { LongTable, type LongRow } from '../../../webview/parts/longTable';
import type { Column } from '../../../webview/parts/table';
import { equal, near, ok } from '../assert';
import { frames } from '../panel';

const COUNT = 10_000;
const rows: LongRow[] = Array.from({ length: COUNT }, (_, i) => ({ key: `layer ${i}`, depth: 0 }));
const NAMES: Column<LongRow>[] = [{ title: 'layer', text: ({ key }: LongRow) => key }];

interface Shown {
  node: HTMLElement;
  table: LongTable<LongRow>;
  chosen: string[];
  names: () => string[];
}

/** Runs a test with a table of many rows in a box of 300 pixels. */
async function withTable(
  test: (shown: Shown) => Promise<void>,
  columns: readonly Column<LongRow>[] = NAMES,
): Promise<void> {
  const node = document.createElement('div');
  node.style.cssText = 'height: 300px; overflow: auto';
  document.body.append(node);
  const table = new LongTable(node);
  const chosen: string[] = [];
  const show = (selected: string) => {
    const choose = ({ key }: LongRow) => {
      chosen.push(key);
      show(key);
    };
    table.show({ rows, columns, label: 'Layers', selected, choose });
  };
  show('layer 0');
  const names = () => [...node.querySelectorAll<HTMLElement>('tbody tr')].map((row) => row.dataset['key']!);
  try {
    await test({ node, table, chosen, names });
  } finally {
    table.dispose();
    node.remove();
  }
}

describe('a table of 10,000 rows', () => {
  it('draws only the rows in view, at their places', async () => {
    await withTable(async ({ node, names }) => {
      ok(names().length < 100, `${names().length} rows are drawn`);
      const height = node.querySelector('tbody tr')!.getBoundingClientRect().height;
      near(node.scrollHeight, (COUNT + 1) * height, 2 * height);
      node.scrollTop = 5000 * height;
      await frames();
      ok(names().includes('layer 5000') && !names().includes('layer 0'), names()[0]!);
      const row = node.querySelector('[data-key="layer 5000"]')!;
      const head = node.querySelector('thead tr')!.getBoundingClientRect().height;
      near(row.getBoundingClientRect().top - node.getBoundingClientRect().top, head, 3);
      equal(row.getAttribute('aria-rowindex'), '5002');
      equal(node.querySelector('table')!.getAttribute('aria-rowcount'), '10001');
    });
  });

  it('is walked through by keyboard from the first row to the last', async () => {
    await withTable(async ({ node, chosen }) => {
      node.querySelector<HTMLElement>('tbody tr')!.focus();
      await window.person.key('ArrowDown');
      await window.person.key('End');
      await frames();
      equal(chosen, ['layer 1', 'layer 9999']);
      equal((document.activeElement as HTMLElement).dataset['key'], 'layer 9999');
      await window.person.key('PageUp');
      ok(Number(chosen.at(-1)!.slice(6)) < 9995, chosen.at(-1)!);
      await window.person.key('Home');
      equal((document.activeElement as HTMLElement).dataset['key'], 'layer 0');
    });
  });

  it('goes on from the row with the focus after that was scrolled out of view', async () => {
    await withTable(async ({ node, chosen }) => {
      node.querySelector<HTMLElement>('[data-key="layer 3"]')!.focus();
      node.scrollTop = 50_000;
      await frames();
      ok(!node.querySelector('[data-key="layer 3"]'), 'the row is not drawn');
      await window.person.key('ArrowDown');
      equal(chosen, ['layer 4']);
      equal((document.activeElement as HTMLElement).dataset['key'], 'layer 4');
    });
  });

  it('does not come back after it was cleared', async () => {
    await withTable(async ({ node, table }) => {
      const message = document.createElement('p');
      table.clear(message);
      node.dispatchEvent(new Event('scroll'));
      table.reveal('layer 9000');
      await frames();
      equal([...node.children], [message]);
    });
  });

  it('ignores the keyboard after it was disposed', async () => {
    await withTable(async ({ node, table, chosen }) => {
      node.querySelector<HTMLElement>('tbody tr')!.focus();
      node.focus(); // a row has listeners of its own
      table.dispose();
      await window.person.key('ArrowDown');
      equal(chosen, []);
    });
  });

  it('draws each row once while it is scrolled', async () => {
    const seen: string[] = [];
    const draw = (cell: HTMLElement, { key }: LongRow) => {
      seen.push(key);
      cell.textContent = key;
    };
    await withTable(
      async ({ node }) => {
        const height = node.querySelector('tbody tr')!.getBoundingClientRect().height;
        for (let step = 0; step < 30; step++) {
          node.scrollTop += 200;
          await frames();
        }
        equal(new Set(seen).size, seen.length, 'rows that were drawn, and drawings');
        const most = (30 * 200 + node.clientHeight) / height + 50;
        ok(seen.length <= most, `${seen.length} rows were drawn, at most ${most} were in view`);
      },
      [{ title: 'layer', draw }],
    );
  });
});
