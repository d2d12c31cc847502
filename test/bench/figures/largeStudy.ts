/**
 * Measures a study of 10,000 runs that have all ended: to expand it, to show its status, and to list its runs; and to show the status if a
 * tenth has not begun. Compares with the promised limits.
 */
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expand } from '../../../engine/studies/expand';
import { directoryOf, folderOf } from '../../../engine/studies/place';
import { readStudy } from '../../../engine/studies/studyFile';
import { CLI } from '../../engine/process';
import { withServer } from '../../engine/serverProcess';
import { makeLargeStudy } from '../../engine/studies/manyRuns';
import type { Bench, Figure } from '../bench';
import { duel, once, timeOf, type Row, type Timed } from '../measure';

const [EXPAND, STATUS, LIST] = ['study/expand/10000', 'study/status/10000', 'study/list/10000'] as const;
const UNFINISHED = 'study/status/10000-unfinished';
const MEMORY = 'memory/study/list/10000';
const LIMITS = { [EXPAND]: 1_000, [STATUS]: 1_000, [UNFINISHED]: 1_000, [LIST]: 2_000, [MEMORY]: 500 };

export const largeStudyFigure: Figure = {
  names: [EXPAND, STATUS, LIST, MEMORY, UNFINISHED],
  measure: async (bench) => {
    const folder = path.join(bench.folder, 'study');
    const { study, runs } = await makeLargeStudy(folder, bench.sizes.seeds);
    const { file } = study;
    const status = () => timeOf(() => promisify(execFile)(process.execPath, [CLI, 'study', 'status', file]));
    const list = () =>
      withServer((server) => timeOf(() => server.request('runs/follow', { folders: [path.dirname(folderOf(study))] })));
    const rows: Row[] = [
      {
        name: EXPAND,
        ...(await against(bench, LIMITS[EXPAND], () => timeOf(async () => expand(await readStudy(file))))),
      },
      { name: STATUS, ...(await against(bench, LIMITS[STATUS], status)) },
      { name: LIST, ...(await against(bench, LIMITS[LIST], list)) },
      await withServer(async (server) => {
        await server.request('runs/follow', { folders: [path.dirname(folderOf(study))] });
        return {
          name: MEMORY,
          ...once(server.peakMemory() / 1e6, LIMITS[MEMORY], { unit: 'MB', note: 'theirs: the limit' }),
        };
      }),
    ];
    for (const { name } of runs.slice(-runs.length / 10)) await rm(directoryOf(study, name), { recursive: true });
    rows.push({ name: UNFINISHED, ...(await against(bench, LIMITS[UNFINISHED], status)) });
    await rm(folder, { recursive: true });
    return rows;
  },
};

function against({ sizes }: Bench, limit: number, ours: Timed) {
  return duel({ ours, theirs: () => Promise.resolve(limit), unit: 'ms', note: 'theirs: the limit' }, sizes.runs);
}
