/** Measures how long programs take to start. Compares the values with the promised limits. */
import { startServer } from '../../engine/serverProcess';
import type { Figure } from '../bench';
import { duel } from '../measure';

const SERVER = 'start/server';
const LIMIT_MS = 150;

/** Returns the milliseconds from the start of the server's process to its first answer. */
export async function serverStart(): Promise<number> {
  const began = performance.now();
  const server = await startServer();
  const ms = performance.now() - began;
  await server.close();
  return ms;
}

export const startFigure: Figure = {
  names: [SERVER],
  measure: async ({ sizes }) => {
    const limit = () => Promise.resolve(LIMIT_MS);
    const note = 'from the start of the process to its first answer; theirs: the limit';
    return [{ name: SERVER, ...(await duel({ ours: serverStart, theirs: limit, unit: 'ms', note }, sizes.runs)) }];
  },
};
