/**
 * Measures how fast the server lists a thousand runs, how fast it draws a run of a million steps, and its memory. Compares the values with
 * the promised limits.
 */
import path from 'node:path';
import { makeLongRun } from '../../engine/runs/longRun';
import { withServer, type ServerProcess } from '../../engine/serverProcess';
import type { Bench, Figure } from '../bench';
import { duel, once, timeOf } from '../measure';

const [LIST, DRAW, MEMORY] = ['runs/list-1000', 'runs/draw-1M', 'memory/runs/1000'] as const;
const LIMITS = { [LIST]: 2_000, [DRAW]: 1_000, [MEMORY]: 300 };

export const runsFigure: Figure = {
  names: [LIST, DRAW, MEMORY],
  measure: async (bench) => {
    const folder = path.join(bench.folder, 'runs');
    const long = path.join(folder, 'long');
    makeRuns(bench, folder, long);
    await withServer((server) => follow(server, folder)); // the first reading keeps a digest of the long log
    const against = (limit: number, ours: () => Promise<number>) =>
      duel({ ours, theirs: () => Promise.resolve(limit), unit: 'ms', note: 'theirs: the limit' }, bench.sizes.runs);
    const list = await against(LIMITS[LIST], () => withServer((server) => follow(server, folder)));
    return withServer(async (server) => {
      await follow(server, folder);
      const draw = await against(LIMITS[DRAW], () => timeOf(() => server.request('run/snapshot', { directory: long })));
      const memory = once(server.peakMemory() / 1e6, LIMITS[MEMORY], { unit: 'MB', note: 'theirs: the limit' });
      return [
        { name: LIST, ...list },
        { name: DRAW, ...draw },
        { name: MEMORY, ...memory },
      ];
    });
  },
};

function makeRuns({ sizes }: Bench, folder: string, long: string): void {
  makeLongRun(long, sizes.events);
  for (let other = 0; other < sizes.others; other++) makeLongRun(path.join(folder, `run-${other}`), 200);
}

function follow(server: ServerProcess, folder: string): Promise<number> {
  return timeOf(() => server.request('runs/follow', { folders: [folder] }));
}
