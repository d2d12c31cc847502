/** `npm run bench`: measures figures. Each is a ratio, and both sides are measured in turns. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { UserError } from '../../engine/errors';
import type { BackendReport } from '../../engine/protocol';
import { SIZES, startOurs, TINY, type Bench, type Figure } from './bench';
import { allFigures, hasTime, isChosen, SHORT_RUNS } from './choose';
import { closeCompanions } from './companion';
import { comparison, keepRow, readHistory, type KeptRow } from './history';
import { busyWords, machineOf, machineWords, type Machine } from './machine';
import { nothing, type Row } from './measure';
import { readOptions, USAGE, type Options } from './options';

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) {
    console.log(USAGE);
    return;
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'winning-sign-bench-'));
  leftBehind = folder;
  try {
    const { absent, torch } = await peerOf(options.python);
    const sizes = options.tiny ? TINY : SIZES;
    await run({
      bench: {
        sizes: { ...sizes, runs: runsOf(options, sizes.runs) },
        folder,
        python: absent === '' ? options.python : undefined,
        absent,
        peerDevice: options.peerDevice,
      },
      options,
      machine: machineOf(torch),
      before: options.against === undefined ? undefined : await readHistory(options.against),
    });
  } finally {
    closeCompanions();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Returns the number of measurements of each side. */
function runsOf({ all, only, runs }: Options, most: number): number {
  return runs ?? (all || only ? most : Math.min(SHORT_RUNS, most));
}

/** Returns why there is no peer, which is empty if it can be measured, and its version. */
async function peerOf(python: string): Promise<{ absent: string; torch?: string }> {
  try {
    const { stdout } = await promisify(execFile)(python, ['-c', 'import torch, numpy; print(torch.__version__)']);
    return { absent: '', torch: stdout.trim() };
  } catch {
    return { absent: `${path.basename(python)} has no torch and numpy to compare with (--python)` };
  }
}

interface Session {
  bench: Bench;
  options: Options;
  machine: Machine;
  /** The rows to compare with. */
  before: Map<string, KeptRow> | undefined;
}

async function run({ bench, options, machine, before }: Session): Promise<void> {
  const began = performance.now();
  const figures = allFigures(await usableBackends());
  const names = figures.flatMap((figure) => figure.names);
  if (!names.some((name) => isChosen(name, options)))
    throw new UserError(`--only ${String(options.only?.source)} names no row; there are ${names.join(', ')}.`);
  if (!options.json) console.log(HEADER);
  const measured = new Set<string>();
  for (const figure of figures) {
    if (!figure.names.some((name) => isChosen(name, options))) continue;
    if (!hasTime(performance.now() - began, options)) break;
    for (const row of await rowsOf(figure, bench)) {
      if (!isChosen(row.name, options)) continue;
      measured.add(row.name);
      const kept: KeptRow = { ...row, machine, at: new Date().toISOString(), ...(options.tiny && { tiny: true }) };
      if (options.history !== undefined) await keepRow(options.history, kept);
      const change = before && comparison(kept, before.get(row.name));
      const note = [row.note, machineWords(machine), busyWords(os.loadavg()[0]!, machine), change]
        .filter(Boolean)
        .join('; ');
      console.log(options.json ? JSON.stringify({ ...kept, ...(change && { change }) }) : line({ ...row, note }));
    }
  }
  if (options.only) return;
  const leftOut = names.filter((name) => !measured.has(name));
  if (options.json) console.log(JSON.stringify({ leftOut }));
  else if (leftOut.length > 0) console.log(`\nLeft out (measure them with --all or --only): ${leftOut.join(', ')}`);
}

/** Measures a figure. If it fails, its row says so, and the other figures continue. */
async function rowsOf(figure: Figure, bench: Bench): Promise<Row[]> {
  try {
    return await figure.measure(bench);
  } catch (error) {
    const reason = `failed: ${(error as Error).message.split('\n')[0]!}`;
    process.exitCode = 1;
    return figure.names.map((name) => ({ name, ...nothing('', reason) }));
  }
}

async function usableBackends(): Promise<BackendReport[]> {
  const companion = startOurs();
  try {
    const { backends } = await companion.ask({ op: 'backends' });
    return (backends as BackendReport[]).filter(({ usable }) => usable);
  } finally {
    companion.close();
  }
}

const HEADER = `| figure | ratio | least … greatest | ours | theirs | unit | runs | note |
| --- | ---: | --- | ---: | ---: | --- | ---: | --- |`;

function line({ name, ratio, min, max, ours, theirs, unit, runs, note }: Row): string {
  const cells = [
    name,
    number(ratio),
    `${number(min)} … ${number(max)}`,
    number(ours),
    number(theirs),
    unit,
    runs,
    note,
  ];
  return `| ${cells.join(' | ')} |`;
}

function number(value: number | null): string {
  return value === null ? '–' : String(Number(value.toPrecision(3)));
}

let leftBehind: string | undefined;

// If the bench is interrupted, its processes end too, and its files are removed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    closeCompanions();
    if (leftBehind !== undefined) rmSync(leftBehind, { recursive: true, force: true });
    process.exit(130);
  });
}

main().catch((error: unknown) => {
  const wrong = error instanceof UserError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  console.error(wrong ? `bench: ${(error as Error).message}` : error);
  process.exitCode = wrong ? 2 : 1;
});
