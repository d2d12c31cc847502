/** Studies as the engine describes them: one that is under way, one that is done, one of a single run, and one of ten thousand runs. */
import { countsOf } from '../../../engine/vocabulary/studyCounts';
import type { StudyRunRow, StudySnapshot, StudyStatus, StudyTableJson, TableCell } from '../../../engine/protocol';
import { answersOf, type Answers } from './world';

export const STUDY_FILE = '/home/ada/lottery/transfer-gap.study.json';
const FOLDER = '/home/ada/lottery/.winning-sign/transfer-gap.study';
const KEPT = [1, 0.4, 0.16, 0.064];
const VARIANTS = ['retrain', 'signed-mask', 'mask-only'] as const;
const LOSS_AT: Record<string, number> = { retrain: 0.6, 'signed-mask': 1.4, 'mask-only': 5.2 };

/** Returns a number that depends only on its arguments, from −0.5 to 0.5. */
function noise(...parts: (string | number)[]): number {
  let hash = 2166136261;
  for (const character of parts.join(' ')) hash = Math.imul(hash ^ character.charCodeAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash >>> 8) & 0xffff) / 0xffff - 0.5;
}

function accuracyOf(method: string, variant: string, round: number, seed: number): number {
  const lost = LOSS_AT[variant]! * (method === 'lrr' && variant === 'signed-mask' ? 2.4 : 1);
  return 85.8 - (lost * round ** 1.3) / 2 + noise(method, variant, round, seed);
}

interface Parts {
  name: string;
  node: string;
  kind: StudyRunRow['kind'];
  axes: StudyRunRow['axes'];
  needs?: string[];
}

function done(parts: Parts, value: number): StudyRunRow {
  return { needs: [], ...parts, status: 'done', directory: `${FOLDER}/${parts.name}`, value };
}

function search(method: string): StudyRunRow {
  const name = `search-${method}-seed1`;
  const rounds = KEPT.map((kept, round) => ({
    round,
    kept,
    accuracy: accuracyOf(method, 'retrain', round, 1) - 0.8,
    checkpoint: `${FOLDER}/${name}/checkpoints/round-0${round}.safetensors`,
  }));
  return { ...done({ name, node: 'search', kind: 'search', axes: { method } }, rounds.at(-1)!.accuracy), rounds };
}

function tickets(method: string): StudyRunRow[] {
  return VARIANTS.flatMap((variant) =>
    [2, 3].flatMap((seed) =>
      [1, 2, 3].map((round) =>
        done(
          {
            name: `ticket-${method}-r0${round}-${variant}-seed${seed}`,
            node: 'ticket',
            kind: 'transfer',
            axes: { method, round, variant, seed },
            needs: [`search-${method}-seed1`],
          },
          accuracyOf(method, variant, round, seed),
        ),
      ),
    ),
  );
}

function finishedRuns(): StudyRunRow[] {
  const dense = [2, 3].map((seed) =>
    done({ name: `dense-seed${seed}`, node: 'dense', kind: 'training', axes: { seed } }, 85.8 + noise(seed)),
  );
  return [...dense, ...['lrr', 'aws'].flatMap((method) => [search(method), ...tickets(method)])];
}

/** Returns the mean and the sample standard deviation of the values, or null if there is none. */
function cellOf(values: readonly number[], base?: number): TableCell | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const spread = n > 1 ? { deviation } : {};
  return { mean, n, ...spread, ...(base !== undefined && { difference: { mean: mean - base, n, ...spread } }) };
}

function valuesOf(runs: readonly StudyRunRow[], axes: StudyRunRow['axes']): number[] {
  return runs.flatMap(({ kind, status, value, axes: own }) => {
    const same = kind === 'transfer' && Object.entries(axes).every(([axis, wanted]) => own[axis] === wanted);
    return same && status === 'done' && value !== undefined ? [value] : [];
  });
}

function accuracyTable(runs: readonly StudyRunRow[]): StudyTableJson {
  const dense = cellOf(runs.flatMap(({ node, value }) => (node === 'dense' && value !== undefined ? [value] : [])));
  const rows = ['lrr', 'aws'].flatMap((method) =>
    [1, 2, 3].map((round) => ({
      axes: { method, round },
      label: `${method} · round ${round}`,
      kept: 100 * KEPT[round]!,
      cells: VARIANTS.map((variant) => cellOf(valuesOf(runs, { method, round, variant }), dense?.mean)),
    })),
  );
  return {
    name: 'accuracy',
    title: 'Test accuracy after full training, and its difference from dense',
    measure: 'accuracy',
    columns: [...VARIANTS],
    rows: rows.filter(({ cells }) => cells.some((cell) => cell !== null)),
    ...(dense && { baseline: { node: 'dense', cell: dense } }),
  };
}

/** A table without rounds, as the connectivity study has it. */
function barrierTable(): StudyTableJson {
  const ranges = ['full', 'upper half', 'lower half', 'fixed 0', 'fixed 1'];
  return {
    name: 'barrier',
    title: 'Barrier between the transferred and the retrained network',
    measure: 'barrier',
    columns: ['near', 'far'],
    rows: ranges.map((alpha, at) => ({
      axes: { alpha },
      label: alpha,
      cells: [
        { mean: 0.4 + 1.6 * at, deviation: 0.2 + 0.1 * at, n: 3 },
        at === 3 ? { mean: null, n: 0, diverged: 3 } : { mean: 6 + 1.1 * at, deviation: 0.8, n: 3 },
      ],
    })),
  };
}

function snapshotOf(runs: StudyRunRow[], more: Partial<StudySnapshot> = {}): StudySnapshot {
  return {
    file: STUDY_FILE,
    name: 'transfer-gap',
    question: 'Does a signed mask of AWS train any initialization to dense accuracy, and one of LRR not?',
    folder: FOLDER,
    counts: countsOf(runs),
    executing: false,
    stopping: false,
    axes: { method: ['lrr', 'aws'], searchSeed: [1], round: [1, 2, 3], variant: [...VARIANTS], seed: [2, 3] },
    runs,
    tables: [accuracyTable(runs), barrierTable()],
    provenance: ['SHA-256 of the data: 6d0f1b2c.', 'Computed by wasm (8 threads).', 'Written by Winning Sign 1.4.0.'],
    ...more,
  };
}

export function finishedStudy(): StudySnapshot {
  return snapshotOf(finishedRuns());
}

type State = Partial<Omit<StudyRunRow, 'status'>> & { status: StudyStatus };

/** Runs of the study under way that are not done. */
const STATES: Record<string, State> = {
  'ticket-aws-r03-signed-mask-seed2': { status: 'running', progress: 0.42 },
  'ticket-aws-r03-signed-mask-seed3': { status: 'running', progress: 0.08 },
  'ticket-aws-r03-mask-only-seed2': {
    status: 'queued',
    job: 'pending (Priority), job 123_4: jobs with a higher priority are first',
  },
  'ticket-aws-r03-mask-only-seed3': { status: 'queued' },
  'ticket-lrr-r03-mask-only-seed2': {
    status: 'failed',
    message: 'The dataset /data/fashion was not found. Check "dataset.path" and run the study again.',
  },
  'ticket-lrr-r03-mask-only-seed3': { status: 'diverged', message: 'The loss was NaN in epoch 2 of 3.' },
  'ticket-lrr-r03-signed-mask-seed3': { status: 'stopped', progress: 0.66 },
  'ticket-lrr-r03-retrain-seed3': {
    status: 'interrupted',
    progress: 0.31,
    message: 'Its process on node017 ended without a message.',
  },
};

function withState(run: StudyRunRow, state: State): StudyRunRow {
  const { value: _, rounds: __, ...rest } = run;
  return { ...rest, ...state };
}

/** A study whose jobs wait because a partition is down. */
export function slurmStudy(): StudySnapshot {
  const slurmProblem =
    '9 Slurm jobs wait because the partition is down (PartitionDown). Wait until it is up, or name another "partition" in the Slurm profile, then stop the study and submit it again.';
  return { ...runningStudy(), slurmJobs: ['2 running on node7', '9 pending (PartitionDown)'], slurmProblem };
}

export function runningStudy(): StudySnapshot {
  const runs = finishedRuns().map((run) => (STATES[run.name] ? withState(run, STATES[run.name]!) : run));
  return snapshotOf(runs, { executing: true, secondsLeft: 240 });
}

/** A study that has not begun, except for the first round of a search. */
export function newStudy(): StudySnapshot {
  const runs = finishedRuns().map((run): StudyRunRow => {
    const rounds = run.rounds?.slice(0, 1);
    if (run.name === 'search-aws-seed1')
      return { ...withState(run, { status: 'running', progress: 0.3 }), rounds: rounds! };
    return withState(run, { status: run.needs.length > 0 ? 'waiting' : 'queued' });
  });
  return { ...snapshotOf(runs, { executing: true }), tables: [{ ...accuracyTable([]), rows: [] }] };
}

export function singleStudy(): StudySnapshot {
  const run = done({ name: 'dense', node: 'dense', kind: 'training', axes: {} }, 85.8);
  return snapshotOf([run], { axes: {}, tables: [] });
}

/** Returns a study of ten thousand runs: 400 rows of 25 rounds. */
export function longStudy(): StudySnapshot {
  const rounds = Array.from({ length: 25 }, (_, at) => at + 1);
  const variants = ['retrain', 'signed-mask', 'mask-only', 'random-signs'];
  const runs = ['lrr', 'aws'].flatMap((method) =>
    variants.flatMap((variant) =>
      Array.from({ length: 50 }, (_, at) => at + 1).flatMap((seed) =>
        rounds.map((round): StudyRunRow => {
          const parts: Parts = {
            name: `ticket-${method}-r${String(round).padStart(2, '0')}-${variant}-seed${seed}`,
            node: 'ticket',
            kind: 'transfer',
            axes: { method, round, variant, seed },
          };
          const finished = done(parts, 86 - round / 2 + noise(method, variant, round, seed));
          if (seed < 40) return finished;
          if (noise(parts.name) > 0.47) return withState(finished, { status: 'failed', message: 'Out of memory.' });
          return withState(finished, seed === 40 ? { status: 'running', progress: 0.5 } : { status: 'waiting' });
        }),
      ),
    ),
  );
  const axes = { method: ['lrr', 'aws'], round: rounds, variant: variants, seed: [1, 50] };
  return snapshotOf(runs, { axes, executing: true, secondsLeft: 86_000, tables: [] });
}

/** Returns the answers of a host that has this study. */
export function answersOfStudy(study: StudySnapshot): Answers {
  return {
    ...answersOf([]),
    'study/snapshot': ({ file }) => {
      if (file !== study.file) throw new Error(`${file} was not found. Choose another study.`);
      return study;
    },
  };
}
