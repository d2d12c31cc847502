/** Measures the panel of a study of 10,000 runs in a real browser: the times between frames while its matrix is scrolled and runs change. */
import type { StudyDelta, StudyRunRow, StudySnapshot } from '../../../engine/protocol';
import { frameTimes, p95, scroll, settled } from '../../panel/drive';
import { missingBrowser, openPanelPage, type PanelPage } from '../../panel/panelPage';
import type { Figure } from '../bench';
import { nothing } from '../measure';
import { against, MS } from './panel';

const NAME = 'study/panel/10000';
const FILE = '/studies/large.study.json';
const ROUNDS = Array.from({ length: 25 }, (_, at) => at + 1);
const SEEDS = Array.from({ length: 50 }, (_, at) => at + 1);
const VARIANTS = ['retrain', 'signed-mask', 'mask-only', 'random-signs'];

export const studyPanelFigure: Figure = {
  names: [NAME],
  measure: async (bench) => {
    const missing = missingBrowser();
    if (missing) return [{ name: NAME, ...nothing(MS, missing) }];
    const study = largeStudy();
    const panel = await openPanelPage([], study);
    try {
      const scrolled = async () => {
        await panel.open({ view: 'study', file: FILE });
        await panel.page.waitForSelector('.run-grid canvas');
        await settled(panel.page);
        const stop = await changeRuns(panel, study);
        const times = await frameTimes(panel.page, () => scroll(panel.page, '.run-grid'));
        await stop();
        return p95(times);
      };
      return [{ name: NAME, ...(await against(20, scrolled, bench.sizes.runs)) }];
    } finally {
      await panel.close();
    }
  },
};

/** Returns 2 methods × 4 variants × 50 seeds × 25 rounds, of which some are not done. */
function largeStudy(): StudySnapshot {
  const runs = ['lrr', 'aws'].flatMap((method) =>
    VARIANTS.flatMap((variant) =>
      SEEDS.flatMap((seed) => ROUNDS.map((round) => rowOf({ method, round, variant, seed }))),
    ),
  );
  const axes = { method: ['lrr', 'aws'], round: ROUNDS, variant: VARIANTS, seed: SEEDS };
  const counts = { done: 8_000, running: 200, waiting: 1_800 };
  const about = { file: FILE, name: 'large', folder: '/studies/.winning-sign/large.study', counts };
  return { ...about, executing: true, stopping: false, axes, runs, tables: [] };
}

function rowOf(axes: { method: string; round: number; variant: string; seed: number }): StudyRunRow {
  const name = `ticket-${axes.method}-r${axes.round}-${axes.variant}-seed${axes.seed}`;
  const about = { name, node: 'ticket', kind: 'transfer' as const, axes, needs: [], directory: `/studies/${name}` };
  if (axes.seed <= 40) return { ...about, status: 'done', value: 90 - axes.round / 2 + Math.sin(axes.seed) };
  return axes.seed === 41 ? { ...about, status: 'running', progress: 0.5 } : { ...about, status: 'waiting' };
}

/** Number of runs that change at once, and milliseconds between two changes. The engine sends at most one a second. */
const [CHANGED, EVERY_MS] = [100, 250];

/** Sends changes of runs to the page until the result is called. */
async function changeRuns({ page }: PanelPage, { axes: _, runs, tables: __, ...summary }: StudySnapshot) {
  const changed = runs.slice(0, CHANGED).map((run): StudyRunRow => ({ ...run, status: 'running', progress: 0.25 }));
  const params: StudyDelta = { file: FILE, reset: false, runs: changed, summary };
  const message = JSON.stringify({ type: 'event', event: 'study/changed', params });
  await page.evaluate(`window.changes = setInterval(() => {
    window.dispatchEvent(new MessageEvent('message', { data: ${message} }));
  }, ${EVERY_MS})`);
  return () => page.evaluate(`clearInterval(window.changes)`);
}
