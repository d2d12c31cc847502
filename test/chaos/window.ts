/**
 * Stands in for a window of VS Code: it owns a server, follows a study as the tree and a panel do, and starts the server again if it ends.
 * As a user would, it starts the study whenever nothing executes it. Ends when all runs have ended, and when a panel would show that.
 * Prints what could not be started.
 */
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { ErrorCodes } from 'vscode-languageserver/node';
import type { StudyRunRow, StudySummary } from '../../engine/protocol';
import { endedOf, totalOf } from '../../engine/vocabulary/studyCounts';
import { startServer, type ServerProcess } from '../engine/serverProcess';

/** Longest waits for a change, and for the end of a server that did not answer, in ms. */
const [LOOK_MS, ENDS_MS] = [500, 3_000];

/** What a panel shows: a snapshot and its changes. */
class Panel {
  readonly rows = new Map<string, StudyRunRow>();
  summary: StudySummary | undefined;
  isStale = true;
  #changed: () => void = () => undefined;

  constructor(private readonly file: string) {}

  listen(server: ServerProcess): void {
    server.on('studies/changed', ({ file, summary }) => {
      if (file === this.file && summary) this.#set(summary, []);
    });
    server.on('study/changed', ({ file, summary, runs, reset }) => {
      if (file !== this.file) return;
      this.isStale ||= reset;
      this.#set(summary, runs);
    });
  }

  async read(server: ServerProcess): Promise<void> {
    if (!this.isStale) return;
    const { runs, ...summary } = await server.request('study/snapshot', { file: this.file });
    this.isStale = false;
    this.rows.clear();
    this.#set(summary, runs);
  }

  isDone(): boolean {
    const { counts, executing } = this.summary ?? { counts: {}, executing: true };
    const rows = [...this.rows.values()];
    return !executing && endedOf(counts) === totalOf(counts) && rows.every(({ status }) => status === 'done');
  }

  change(): Promise<unknown> {
    return Promise.race([new Promise<void>((resolve) => (this.#changed = resolve)), setTimeout(LOOK_MS)]);
  }

  #set(summary: StudySummary, rows: readonly StudyRunRow[]): void {
    this.summary = summary;
    for (const row of rows) this.rows.set(row.name, row);
    this.#changed();
  }
}

/** Follows the study with one server. Returns whether it is done; false if the server has ended before. */
async function follow(file: string, cores: number): Promise<boolean> {
  const server = await startServer().catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== ErrorCodes.PendingResponseRejected) throw error;
  });
  if (!server) return false; // it ended before it could answer
  const panel = new Panel(file);
  panel.listen(server);
  try {
    await server.request('studies/follow', { folders: [path.dirname(file)] });
    for (; !panel.isDone(); await panel.change()) {
      if (server.hasEnded()) return false;
      await panel.read(server);
      if (panel.summary?.executing === false && !panel.isDone()) await start(server, { file, cores });
    }
    await server.close();
    return true;
  } catch (error) {
    for (let waited = 0; waited < ENDS_MS && !server.hasEnded(); waited += LOOK_MS) await setTimeout(LOOK_MS);
    if (server.hasEnded()) return false; // so its answer is missing
    throw error;
  }
}

/** Another process may have begun to execute the study meanwhile. */
async function start(server: ServerProcess, given: { file: string; cores: number }): Promise<void> {
  try {
    await server.request('study/start', given);
  } catch (error) {
    if (!/running (or submitting )?this study already/.test(String(error))) throw error;
  }
}

async function main(): Promise<void> {
  const [file, cores] = process.argv.slice(2) as [string, string];
  while (!(await follow(file, Number(cores))));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
