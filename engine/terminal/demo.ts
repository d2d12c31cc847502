/**
 * The verb `demo`: writes and executes the first study, on the included sample. It runs AWS and LRR searches and a dense training, and trains
 * every ticket fully (retrained, signed mask, mask only). It also measures the barriers between a ticket and two of its transfers: one resets
 * the normalization parameters (ψ), the other keeps them.
 */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { threadLimit } from '../threads';
import { command, pathWord } from '../commands';
import { MachineError, UserError } from '../errors';
import { createAtomically, makeFolder } from '../files';
import { parseJson } from '../json/parse';
import { readText } from '../json/text';
import { onStopSignal } from '../signals';
import { executeStudy } from '../studies/execute';
import { folderOf } from '../studies/place';
import { hasEnded, type RunState } from '../studies/states';
import { readStudy, type ReadStudy } from '../studies/studyFile';
import { tablesOf } from '../studies/table';
import { DEMO } from '../studies/templates/demo';
import { duration } from '../vocabulary/numbers';
import { demoFindings } from './demoFindings';
import { tableLines } from './formatStudy';
import { writeLine } from './output';
import type { Printed, Verb } from './verb';

export const demoVerb: Verb = {
  usage: 'demo [DIR]',
  summary: 'run a small study on the included sample of Fashion-MNIST, in five to ten minutes (default DIR: demo)',
  positionals: [0, 1],
  run: ({ positionals, json }) => demo(path.resolve(positionals[0] ?? 'demo'), json ? process.stderr : process.stdout),
};

async function demo(folder: string, stream: NodeJS.WritableStream): Promise<Printed> {
  const began = Date.now();
  const study = await writeDemo(folder);
  const abort = new AbortController();
  const ignoreSignals = onStopSignal(() => {
    writeLine(stream, 'Stopping after the states are saved.');
    abort.abort();
  });
  try {
    const states = await executeStudy(study, {
      cores: threadLimit(4).threads,
      signal: abort.signal,
      onChange: ({ run: { name }, status, ended, total }) => {
        if (status === 'running') return;
        const count = `[${String(ended).padStart(2)}/${total}]`;
        const elapsed = duration((Date.now() - began) / 1000).padStart(6);
        writeLine(stream, `${count} ${elapsed}  ${name}${status === 'done' ? '' : ` (${status})`}`);
      },
    });
    if (abort.signal.aborted && !states.every(({ status }) => hasEnded(status)))
      return { json: { folder, stopped: true }, text: `Stopped. ${howToContinue(folder)}`, outcome: 'stopped' };
    refuseFailed(states);
    const seconds = Math.round((Date.now() - began) / 1000);
    return {
      json: { folder, study: study.file, seconds, ...demoFindings(states) },
      text: format(study, states, { folder, seconds }),
    };
  } finally {
    ignoreSignals();
  }
}

/** Writes the study file if it is not there. Throws UserError if there is another one of this name. */
async function writeDemo(folder: string): Promise<ReadStudy> {
  await makeFolder(folder);
  const file = path.join(folder, 'demo.study.json');
  const isNew = await createAtomically(file, `${JSON.stringify(DEMO, undefined, 2)}\n`);
  if (!isNew && !isDeepStrictEqual(parseJson(await readText(file), file), JSON.parse(JSON.stringify(DEMO))))
    throw new UserError(
      `${file} is not the study of the demo: it was changed, or another version wrote it. Name another folder, or run it with: ${command('study', 'run', file)}`,
    );
  return readStudy(file);
}

/** Throws MachineError with the first run that has no result. */
function refuseFailed(states: readonly RunState[]): void {
  const failed = states.find(({ status, message }) => status !== 'done' && message !== undefined);
  if (failed) throw new MachineError(`${failed.directory}: ${failed.status}. ${failed.message}`);
  const open = states.find(({ status }) => status !== 'done');
  if (open) throw new MachineError(`${open.directory}: the run is ${open.status}, so the demo has no result.`);
}

function howToContinue(folder: string): string {
  const words = path.relative('', folder) === 'demo' ? ['demo'] : ['demo', pathWord(folder)];
  return `To continue, run “${command(...words)}” again: finished runs are kept, and the others resume.`;
}

/** Formats the tables as “study table” does, and says where everything is. */
function format(
  study: ReadStudy,
  states: readonly RunState[],
  { folder, seconds }: { folder: string; seconds: number },
): string {
  return [
    '',
    `${study.study.question} A small convolutional network on a subset of Fashion-MNIST, one seed:`,
    '',
    ...tablesOf(study, states).flatMap((one) => [...tableLines(one), '']),
    `Done in ${duration(seconds)}. Everything is in ${folder}:`,
    '  npm start                       opens it in VS Code: runs, masks, sign flips, connectivity',
    `  ${command('study', 'report', pathWord(study.file))}`,
    `  ${command('runs', pathWord(folderOf(study)))}`,
  ].join('\n');
}
