/** The process that inspects files for the walk, one after another. A file that ends or blocks it does not end the walk. */
import path from 'node:path';
import { UserError } from '../../engine/errors';
import { inspect } from '../../engine/inspection/inspect';

/** What became of a file. */
export interface Examined {
  outcome: 'open' | 'reject' | 'crash';
  /** Why it was refused or crashed. */
  message: string;
  ms: number;
  /** Growth of the memory of the process in bytes. */
  memory: number;
}

async function examine(file: string): Promise<Examined> {
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const { outcome, message } = await outcomeOf(file);
  return { outcome, message, ms: performance.now() - start, memory: process.memoryUsage.rss() - before };
}

async function outcomeOf(file: string): Promise<Pick<Examined, 'outcome' | 'message'>> {
  try {
    await inspect(file);
    return { outcome: 'open', message: '' };
  } catch (error) {
    if (!(error instanceof UserError)) return { outcome: 'crash', message: (error as Error).stack ?? String(error) };
    const isSentence = error.message.includes(path.basename(file)) && !error.message.includes('\n');
    return { outcome: isSentence ? 'reject' : 'crash', message: error.message };
  }
}

process.on('message', (file: string) => {
  void examine(file).then((examined) => process.send!(examined));
});
process.on('disconnect', () => process.exit());
