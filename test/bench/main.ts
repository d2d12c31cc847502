/** `npm run bench`: measures figures. Each is a ratio, and both sides are measured in turns. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { UserError } from '../../engine/errors';
import { historyFile } from '../../engine/home';
import type { BackendReport } from '../../engine/protocol';
import { PEER_DEVICES, SIZES, startOurs, TINY, type Bench, type Figure, type PeerDevice } from './bench';
import { closeCompanions } from './companion';
import { fileFigures } from './figures/files';
import { gpuFigures } from './figures/gpu';
import { imageFigures } from './figures/images';
import { growthFigures } from './figures/growth';
import { lookingFigures } from './figures/looking';
import { overheadFigure } from './figures/overhead';
import { panelFigures } from './figures/panel';
import { studyPanelFigure } from './figures/studyPanel';
import { runsFigure } from './figures/runs';
import { startFigure } from './figures/start';
import { treeFigure } from './figures/tree';
import { stepFigures } from './figures/step';
import { studyFigures } from './figures/studies';
import { largeStudyFigure } from './figures/largeStudy';
import { withinFigures } from './figures/within';
import { comparison, keepRow, readHistory, type KeptRow } from './history';
import { machineOf, machineWords, type Machine } from './machine';
import { nothing, type Row } from './measure';

const USAGE = `usage: npm run bench -- [--only PATTERN] [--json] [--python PATH] [--peer-device DEVICE] [--runs N] [--history FILE] [--against FILE] [--tiny]

--only         rows whose name matches this regular expression
--json         one JSON document a line instead of a table
--python       the Python with torch and numpy (default: that of $VIRTUAL_ENV, else python3)
--peer-device  where PyTorch computes in the rows of a GPU: ${PEER_DEVICES.join(' or ')} (default ${PEER_DEVICES[0]})
--runs         measurements of each side (default ${SIZES.runs})
--history      the file that all rows are added to (default: bench.jsonl in the data folder of this user; none with --tiny)
--against      an earlier history, or the output of --json: each row says how it has changed
--tiny         sizes too small to mean anything, to see that every row can be measured`;

interface Options {
  only: RegExp;
  json: boolean;
  python: string;
  peerDevice: PeerDevice;
  tiny: boolean;
  runs: number | undefined;
  history: string | undefined;
  against: string | undefined;
}

function readOptions(): Options | undefined {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      json: { type: 'boolean' },
      python: { type: 'string' },
      'peer-device': { type: 'string' },
      runs: { type: 'string' },
      history: { type: 'string' },
      against: { type: 'string' },
      tiny: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return undefined;
  const runs = values.runs === undefined ? undefined : Number(values.runs);
  if (runs !== undefined && !(Number.isInteger(runs) && runs >= 1))
    throw new UserError(`--runs is "${values.runs}"; it must be a whole number, at least 1.`);
  const environment = process.env['VIRTUAL_ENV'];
  return {
    only: patternOf(values.only ?? ''),
    json: values.json === true,
    python: values.python ?? (environment ? path.join(environment, 'bin', 'python') : 'python3'),
    peerDevice: deviceOf(values['peer-device'] ?? PEER_DEVICES[0]),
    tiny: values.tiny === true,
    runs,
    history: values.history ?? (values.tiny ? undefined : historyFile()),
    against: values.against,
  };
}

function deviceOf(text: string): PeerDevice {
  const device = PEER_DEVICES.find((name) => name === text);
  if (!device) throw new UserError(`--peer-device is "${text}"; it must be ${PEER_DEVICES.join(' or ')}.`);
  return device;
}

function patternOf(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new UserError(`--only is "${text}", which is no regular expression: ${(error as Error).message}.`);
  }
}

async function main(): Promise<void> {
  const options = readOptions();
  if (!options) {
    console.log(USAGE);
    return;
  }
  const folder = await mkdtemp(path.join(os.tmpdir(), 'winning-sign-bench-'));
  try {
    const { absent, torch } = await peerOf(options.python);
    const sizes = options.tiny ? TINY : SIZES;
    await run({
      bench: {
        sizes: { ...sizes, runs: options.runs ?? sizes.runs },
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
  const backends = await usableBackends();
  const figures = [
    ...stepFigures(backends),
    ...withinFigures(backends),
    ...gpuFigures(backends),
    ...fileFigures,
    ...lookingFigures,
    ...panelFigures,
    studyPanelFigure,
    ...growthFigures(backends),
    ...imageFigures(backends),
    runsFigure,
    treeFigure,
    ...studyFigures,
    startFigure,
    largeStudyFigure,
    overheadFigure,
  ];
  const names = figures.flatMap((figure) => figure.names);
  if (!names.some((name) => options.only.test(name)))
    throw new UserError(`--only ${options.only.source} names no row; there are ${names.join(', ')}.`);
  if (!options.json) console.log(HEADER);
  for (const figure of figures) {
    if (!figure.names.some((name) => options.only.test(name))) continue;
    for (const row of await rowsOf(figure, bench)) {
      if (!options.only.test(row.name)) continue;
      const kept: KeptRow = { ...row, machine, at: new Date().toISOString() };
      if (options.history !== undefined) await keepRow(options.history, kept);
      const change = before && comparison(kept, before.get(row.name));
      const note = [row.note, machineWords(machine), change].filter(Boolean).join('; ');
      console.log(options.json ? JSON.stringify({ ...kept, ...(change && { change }) }) : line({ ...row, note }));
    }
  }
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

// If the bench is interrupted, its processes end too.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    closeCompanions();
    process.exit(130);
  });
}

main().catch((error: unknown) => {
  const wrong = error instanceof UserError || (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS');
  console.error(wrong ? `bench: ${(error as Error).message}` : error);
  process.exitCode = wrong ? 2 : 1;
});
