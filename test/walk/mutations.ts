/**
 * `npm run test:mutations -- [--count N] [--seed S] [--only I]`: changes fixtures at random and inspects them. Mutation I of seed S is always
 * the same. A crash, a hang, an error that is not a sentence, or more than 512 MB of memory fails.
 */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { random } from '../../engine/random';
import { SEED } from '../seed';
import { count } from '../tally';
import { examineAll, type Examiner } from './examiners';
import { companionsOf, filesBelow, inRoot, ROOT } from './files';
import { mutate } from './mutate';

const { values } = parseArgs({
  options: { count: { type: 'string' }, seed: { type: 'string' }, only: { type: 'string' } },
});
const numberOf = (text: string | undefined, otherwise: number) => {
  const number = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(number) || number < 0) throw new Error(`"${text}" is not a whole number ≥ 0`);
  return number;
};
const seed = numberOf(values.seed, SEED);
const only = values.only === undefined ? undefined : numberOf(values.only, 0);
const total = only === undefined ? numberOf(values.count, 20_000) : 1;

/** Files that are mutated. Large ones would take the time of many small ones. */
const LARGEST = 2 ** 18;
const MOST_SHOWN = 20;
const NOT_CHECKPOINTS = /\.(truth\.json|py|md|csv)$|(^|\/)(manifest|truncations|pairs)\.json$|^(runs|oracles)\//;
const files = filesBelow().filter((name) => {
  const { length } = NOT_CHECKPOINTS.test(name) ? '' : readFileSync(inRoot(name));
  return length > 0 && length <= LARGEST;
});
/** Three of four mutations change a file that opens. */
const sound = files.filter((name) => !name.startsWith('hostile/'));
const wholes = new Map<string, Buffer>();

interface Result {
  index: number;
  name: string;
  problem: string | undefined;
}

const outcomes = { open: 0, reject: 0, crash: 0 };
let slowest = { ms: 0, index: 0, name: '' };

/** Makes a mutation in a folder of its own, with the files that the fixture names, of which one may be mutated instead. */
async function examineMutation(index: number, folder: string, examiner: Examiner): Promise<Result> {
  const source = random(seed, 'mutation', index);
  const among = source.below(4) > 0 && sound.length > 0 ? sound : files;
  const name = among[source.below(among.length)]!;
  const names = [name, ...companionsOf(name)];
  const target = names[source.below(names.length)]!;
  const place = (file: string) => path.join(folder, path.basename(file));
  mkdirSync(folder, { recursive: true });
  for (const other of names) if (other !== target) copyFileSync(inRoot(other), place(other));
  const whole = wholes.get(target) ?? readFileSync(inRoot(target));
  wholes.set(target, whole);
  writeFileSync(place(target), mutate(whole, source));
  const { outcome, message, ms, memory } = await examiner.examine(place(name));
  outcomes[outcome]++;
  if (ms > slowest.ms) slowest = { ms, index, name };
  if (only === undefined) for (const file of names) rmSync(place(file));
  else console.log(`${place(name)}: ${outcome} after ${Math.round(ms)} ms. ${message}`);
  const problem = outcome === 'crash' ? message : memory > 512e6 ? `${memory} bytes of memory` : undefined;
  return { index, name, problem };
}

async function main(): Promise<void> {
  console.log(`${total} mutations of ${files.length} files of ${ROOT}, seed ${seed}`);
  const start = performance.now();
  const temporary = mkdtempSync(path.join(os.tmpdir(), 'winning-sign-mutations-'));
  const failed: Result[] = [];
  const indices = only === undefined ? Array.from({ length: total }, (_, i) => i).values() : [only].values();
  const folders = new Map<Examiner, string>();
  await examineAll(indices, async (index, examiner) => {
    const folder = folders.get(examiner) ?? path.join(temporary, String(folders.size));
    folders.set(examiner, folder);
    const result = await examineMutation(index, folder, examiner);
    if (result.problem !== undefined) failed.push(result);
  });
  for (const { index, name, problem } of failed.slice(0, MOST_SHOWN))
    console.log(`\n${name}, mutation ${index} (repeat it with --seed ${seed} --only ${index}):\n${problem}`);
  if (only === undefined) rmSync(temporary, { recursive: true });
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`${outcomes.open} opened, ${outcomes.reject} refused, ${failed.length} failed, in ${seconds} s`);
  console.log(`slowest: ${Math.round(slowest.ms)} ms, mutation ${slowest.index} of ${slowest.name}`);
  const failures = failed
    .slice(0, MOST_SHOWN)
    .map(({ index, name, problem }) => `${name}, mutation ${index}: ${problem}`);
  count({ passed: failed.length === 0 ? 1 : 0, failed: failed.length, skipped: 0, failures });
  process.exitCode = failed.length > 0 ? 1 : 0;
}

void main();
