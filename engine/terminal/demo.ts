/**
 * The verb `demo`: a small study on the included sample. It runs AWS and LRR searches and a dense training, and trains every ticket fully
 * (retrained, signed mask, mask only). It also measures the barriers between a ticket and two of its transfers: one resets the
 * normalization parameters (ψ), the other keeps them.
 */
import path from 'node:path';
import { threadLimit } from '../backends/threads';
import { command } from '../commands';
import { makeFolder, writeAtomically } from '../files';
import type { Barrier } from '../vocabulary/runEvents';
import type { RunOptions } from '../vocabulary/runOptions';
import type { TransferVariant } from '../vocabulary/runRecord';
import type { RunSummary } from '../vocabulary/runSummary';
import { readRun } from '../runs/list';
import { draftTransfer } from '../runs/derivedDrafts';
import { draftConnectivity } from '../runs/measurementDrafts';
import { makeRun } from '../runs/drafts';
import { draftFromFile } from '../runs/repeat';
import { CLI } from '../runs/launch';
import { FINAL, paths, RUNS_FOLDER } from '../runs/paths';
import { summaryOf } from '../runs/snapshot';
import { onStopSignal } from '../signals';
import { duration, percent } from '../vocabulary/numbers';
import { barrierLabel } from '../vocabulary/barrierWords';
import { table } from './format';
import { writeLine } from './output';
import { PoolStopped, RunnerPool } from './pool';
import type { Verb } from './verb';

/** Options that need about five minutes on two cores. The sizes are much smaller than those of the paper. */
const OPTIONS: Partial<RunOptions> = {
  model: 'convnet',
  dataset: 'sample',
  rounds: 3,
  pruningFraction: 0.6,
  warmupEpochs: 2,
  epochsPerRound: 2,
  batchSize: 64,
  finalEpochs: 3,
  learningRate: 0.05,
  seed: 1,
  backend: 'wasm',
};

const METHODS = ['aws', 'lrr'] as const;
const VARIANTS = ['retrain', 'signed-mask', 'mask-only'] as const;
/** Seed for the new initialization and for the data order of the final trainings. */
const NEW_SEED = 2;

interface TicketRow {
  method: (typeof METHODS)[number];
  round: number;
  /** Sparsity of the prunable weights. */
  sparsity: number;
  /** Test accuracy during the search in percent: the re-estimated accuracy, and the accuracy as the official code measures it. */
  inSearch: { reestimated?: number; official: number };
  /** Test accuracy after full training, percent. */
  accuracy: Record<(typeof VARIANTS)[number], number>;
}

interface BarrierRow {
  method: (typeof METHODS)[number];
  normalization: 'reset' | 'kept';
  sparsity: number;
  barrier: Barrier;
}

export interface DemoFindings {
  folder: string;
  seconds: number;
  /** Test accuracy of the dense network after full training, percent. */
  dense: number;
  tickets: TicketRow[];
  barriers: BarrierRow[];
}

export const demoVerb: Verb = {
  usage: 'demo [DIR]',
  summary: 'run a small study on the included sample of Fashion-MNIST, in five to ten minutes (default DIR: demo)',
  positionals: [0, 1],
  run: async ({ positionals, json }) => {
    const folder = path.resolve(positionals[0] ?? 'demo');
    try {
      const findings = await demo(folder, json ? process.stderr : process.stdout);
      return { json: findings, text: format(findings) };
    } catch (error) {
      if (!(error instanceof PoolStopped)) throw error;
      return { json: { folder, stopped: true }, text: `Stopped. ${howToContinue(folder)}`, outcome: 'stopped' };
    }
  },
};

function howToContinue(folder: string): string {
  const argument = path.relative('', folder);
  const words = argument === 'demo' ? ['demo'] : ['demo', argument || '.'];
  return `To continue, run “${command(...words)}” again: finished runs are kept, and the others resume.`;
}

async function demo(folder: string, stream: NodeJS.WritableStream): Promise<DemoFindings> {
  const began = Date.now();
  const runs = path.join(folder, RUNS_FOLDER);
  const total = 1 + METHODS.length * (1 + OPTIONS.rounds! * VARIANTS.length + 3);
  const pool = new RunnerPool(threadLimit(4).threads, { cli: CLI, total, stream });
  const ignoreSignals = onStopSignal(() => {
    writeLine(stream, 'Stopping after the states are saved. Repeat to end at once.');
    pool.stop();
  });
  try {
    await makeFolder(folder);
    const studies = Promise.all(METHODS.map((method) => study(pool, { folder, runs, method })));
    const [dense, found] = await Promise.all([startFile(pool, folder, 'dense'), studies]);
    return {
      folder,
      seconds: Math.round((Date.now() - began) / 1000),
      dense: accuracyOf(dense),
      tickets: found.flatMap(({ tickets }) => tickets),
      barriers: found.flatMap(({ barriers }) => barriers),
    };
  } finally {
    await pool.dispose();
    ignoreSignals();
  }
}

/** Writes a run file and runs it. */
async function startFile(pool: RunnerPool, folder: string, method: string): Promise<RunSummary> {
  const file = path.join(folder, `${method}.sign.json`);
  await writeAtomically(file, JSON.stringify({ method, ...OPTIONS }, undefined, 2) + '\n');
  return runIn(pool, await makeRun(await draftFromFile({ folder: path.join(folder, RUNS_FOLDER) }, file)));
}

async function runIn(pool: RunnerPool, directory: string): Promise<RunSummary> {
  await pool.run(directory);
  return summaryOf((await readRun(directory)).snapshot);
}

interface Study {
  folder: string;
  runs: string;
  method: (typeof METHODS)[number];
}

async function study(pool: RunnerPool, { folder, runs, method }: Study) {
  const search = await startFile(pool, folder, method);
  const train = async (checkpoint: string, variant: TransferVariant) => {
    const request = { checkpoint, variant, seed: NEW_SEED };
    return runIn(pool, await makeRun(await draftTransfer({ folder: runs }, request)));
  };
  const rounds = search.rounds.filter(({ round }) => round > 0);
  const trained = rounds.map(({ checkpoint }) => VARIANTS.map((variant) => train(checkpoint, variant)));
  const last = rounds.at(-1)!;
  const [ticket, reset] = trained.at(-1)!;
  const barriers = Promise.all([
    barrierBetween(pool, runs, [ticket!, reset!]),
    barrierBetween(pool, runs, [ticket!, train(last.checkpoint, 'psi-kept')]),
  ]);
  const tickets = rounds.map(async ({ round, sparsity, test, reestimated }, i): Promise<TicketRow> => {
    const [retrain, signed, mask] = (await Promise.all(trained[i]!)).map(accuracyOf) as [number, number, number];
    const accuracy = { retrain, 'signed-mask': signed, 'mask-only': mask };
    const inSearch = { ...(reestimated && { reestimated: reestimated.accuracy }), official: test.accuracy };
    return { method, round, sparsity: sparsity.prunable, inSearch, accuracy };
  });
  // All are awaited together, so that each failure is handled whichever comes first.
  const [[resetBarrier, keptBarrier], made] = await Promise.all([barriers, Promise.all(tickets)]);
  const row = { method, sparsity: last.sparsity.prunable };
  return {
    tickets: made,
    barriers: [
      { ...row, normalization: 'kept' as const, barrier: keptBarrier },
      { ...row, normalization: 'reset' as const, barrier: resetBarrier },
    ],
  };
}

async function barrierBetween(pool: RunnerPool, folder: string, ends: [Promise<RunSummary>, Promise<RunSummary>]) {
  const [a, b] = (await Promise.all(ends)).map(({ directory }) => paths.checkpoint(directory, FINAL)) as [
    string,
    string,
  ];
  const { result } = await runIn(pool, await makeRun(await draftConnectivity({ folder }, { a, b, points: 11 })));
  if (result?.kind !== 'connectivity') throw new Error('the connectivity run of the demo has no barrier in its log');
  return result.barrier;
}

function accuracyOf({ directory, result }: RunSummary): number {
  if (result?.kind !== 'train') throw new Error(`${directory} has no final accuracy in its log`);
  return result.test.accuracy;
}

function format({ folder, seconds, dense, tickets, barriers }: DemoFindings): string {
  const accuracy = (value: number) => `${value.toFixed(2)} %`;
  const ticketRows = tickets.map(({ method, sparsity, inSearch, accuracy: of }) => [
    method,
    percent(sparsity),
    accuracy(inSearch.reestimated ?? inSearch.official),
    accuracy(dense),
    ...VARIANTS.map((variant) => accuracy(of[variant])),
  ]);
  const barrierRows = barriers.map(({ method, sparsity, normalization, barrier }) => [
    method,
    percent(sparsity),
    `ψ ${normalization}`,
    barrierLabel(barrier),
  ]);
  return [
    '',
    'Test accuracy in the search (re-estimated) and after full training, for a small convolutional network on a subset of Fashion-MNIST, one seed each:',
    table([['method', 'sparsity', 'in search', 'dense', 'retrained', 'signed mask', 'mask only'], ...ticketRows]),
    '',
    'Barrier between the retrained ticket and the network trained from its signed mask on a new initialization:',
    table([['method', 'sparsity', 'ψ at the start', 'result'], ...barrierRows]),
    barriers[0]!.barrier.definition,
    '',
    `Done in ${duration(seconds)}. Everything is in ${folder}:`,
    '  npm start                       opens it in VS Code: runs, masks, sign flips, connectivity',
    `  ${command('runs', path.relative('', path.join(folder, RUNS_FOLDER)))}`,
  ].join('\n');
}
