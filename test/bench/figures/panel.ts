/**
 * Measures the panel in a real browser with a real engine: the first picture of a large layer, and the times between frames while a user
 * moves the picture of a larger one. Compares them with the promised limits. Without a GPU, the browser draws with the processor.
 */
import os from 'node:os';
import type { ListedRun } from '../../../engine/protocol';
import { denseRun, transferRun } from '../../engine/vocabulary/listedRuns';
import { frameTimes, firstPicture, p95, pan, press, scroll, settled, zoom } from '../../panel/drive';
import { missingBrowser, openPanelPage, type PanelPage } from '../../panel/panelPage';
import type { Figure } from '../bench';
import { duel, nothing, type Row } from '../measure';
import { makeMatrix } from './looking';

const FIRST = 'first-picture/4096';
const [ZOOM, PAN] = ['frames/zoom-25M', 'frames/pan-25M'] as const;
export const MS = 'ms';

export const panelFigures: readonly Figure[] = [
  {
    names: [FIRST],
    measure: async (bench) => {
      const missing = missingBrowser();
      if (missing) return [{ name: FIRST, ...nothing(MS, missing) }];
      const file = await makeMatrix(bench, 'first', bench.sizes.side);
      const panel = await openPanelPage();
      try {
        const open = async () => {
          await panel.open({ view: 'checkpoint', file });
          const time = await firstPicture(panel.page);
          await settled(panel.page);
          return time;
        };
        return [{ name: FIRST, ...(await against(500, open, bench.sizes.runs)) }];
      } finally {
        await panel.close();
      }
    },
  },
  {
    names: [ZOOM, PAN],
    measure: async (bench) => {
      const missing = missingBrowser();
      if (missing) return [ZOOM, PAN].map((name) => ({ name, ...nothing(MS, missing) }));
      const file = await makeMatrix(bench, 'moved', bench.sizes.panned);
      const panel = await openPanelPage();
      try {
        const measured = async (move: (panel: PanelPage) => Promise<number[]>) => {
          await panel.open({ view: 'checkpoint', file });
          await firstPicture(panel.page);
          await settled(panel.page);
          return p95(await move(panel));
        };
        const rows: Row[] = [];
        for (const [name, move] of [
          [ZOOM, zoomed],
          [PAN, panned],
        ] as const)
          rows.push({ name, ...(await against(20, () => measured(move), bench.sizes.runs)) });
        return rows;
      } finally {
        await panel.close();
      }
    },
  },
  tableFigure(1000),
  tableFigure(10_000),
];

/** Scrolls the table of many runs. */
function tableFigure(number: number): Figure {
  const name = `runs-table/${number}`;
  return {
    names: [name],
    measure: async (bench) => {
      const missing = missingBrowser();
      if (missing) return [{ name, ...nothing(MS, missing) }];
      const panel = await openPanelPage(manyRuns(number));
      try {
        const scrolled = async () => {
          await panel.open({ view: 'runs' });
          await panel.page.waitForSelector('.runs-table tbody tr');
          await settled(panel.page);
          return p95(await frameTimes(panel.page, () => scroll(panel.page, '.runs-table')));
        };
        return [{ name, ...(await against(20, scrolled, bench.sizes.runs)) }];
      } finally {
        await panel.close();
      }
    },
  };
}

/** Returns tickets of ten rounds with many seeds, and as many dense trainings as there are rounds. */
function manyRuns(number: number): ListedRun[] {
  return Array.from({ length: number }, (_, i) => {
    const [round, seed] = [i % 10, Math.floor(i / 10)];
    const common = { seed, seeds: { seed }, kept: 0.8 ** round, accuracy: 90 - round / 3 + Math.sin(i) };
    if (round === 0) return denseRun(`dense-seed${seed}`, common);
    const notes = { ...(i % 7 === 0 && { star: true as const }), tags: ['paper'] };
    const options = { method: 'aws', model: 'convnet', dataset: 'sample', learningRate: 0.05 * (1 + (i % 3)) } as const;
    return transferRun(`ticket-r${round}-seed${seed}`, i % 2 ? 'retrain' : 'signed-mask', {
      ...common,
      notes,
      options,
    });
  });
}

/** Zooms from the whole layer to single weights, and back. No tile was loaded before. */
async function zoomed({ page }: PanelPage): Promise<number[]> {
  return [...(await frameTimes(page, () => zoom(page, 'in'))), ...(await frameTimes(page, () => zoom(page, 'out')))];
}

/** Pans over tiles that were not loaded before, at one pixel for each weight. */
async function panned({ page }: PanelPage): Promise<number[]> {
  await press(page, '1');
  return frameTimes(page, () => pan(page));
}

/** Compares milliseconds with a limit. */
export function against(limit: number, ours: () => Promise<number>, runs: number) {
  const [processor] = os.cpus();
  const note = `theirs: the limit; ${os.availableParallelism()} × ${processor?.model.trim()}, load ${os.loadavg()[0]!.toFixed(1)}`;
  return duel({ ours, theirs: () => Promise.resolve(limit), unit: MS, note }, runs);
}
