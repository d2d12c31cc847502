/** Our side of the benchmarks: a process that answers each line of JSON with another. */
import { createInterface } from 'node:readline';
import type { Question } from '../companion';
import { fileOperations } from './files';
import { imageOperations } from './images';
import { trainingOperations } from './training';

export type Said = Record<string, unknown>;

/** An operation and its result. If the result has no `ms`, the duration of the whole operation is used. */
export type Operation = (asked: Question) => Said | Promise<Said>;

const operations: Record<string, Operation> = {
  ...trainingOperations,
  ...fileOperations,
  ...imageOperations,
  memory: () => ({ peak: process.resourceUsage().maxRSS * 1024 }),
};

async function answer(line: string): Promise<Said> {
  const asked = JSON.parse(line) as Question;
  const began = performance.now();
  try {
    const said = await operations[asked.op]!(asked);
    return { ms: performance.now() - began, ...said };
  } catch (error) {
    return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

async function main(): Promise<void> {
  for await (const line of createInterface(process.stdin)) {
    process.stdout.write(`${JSON.stringify(await answer(line))}\n`);
  }
  process.exit(0); // whoever asked is gone
}

void main();
