/** Makes the directories of a large study whose runs have all ended, as its executor leaves them. No network is trained. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CurvePoint, RoundResult, RunEvent, RunResult } from '../../../engine/vocabulary/runEvents';
import type { RunRecord } from '../../../engine/vocabulary/runRecord';
import { expand, type SourceOfRun, type StudyRun } from '../../../engine/studies/expand';
import { directoryOf } from '../../../engine/studies/place';
import { readStudy, type ReadStudy } from '../../../engine/studies/studyFile';
import { roundsOf } from '../../../engine/vocabulary/rounds';
import { POINTS } from '../../../engine/vocabulary/runSchema';
import { measureBarriers } from '../../../engine/connectivity/interpolate';
import { storedRecord } from '../../../engine/runs/recordPaths';

/** A study of 2 searches and of `seeds` full trainings, 10 transfers each and 2 barriers each for every one of these seeds: 13 runs a seed. */
export function largeStudy(seeds: number): object {
  return {
    options: { model: 'resnet20', dataset: 'sample', rounds: 5, pruningFraction: 0.4, finalEpochs: EPOCHS },
    axes: {
      ...{ method: ['lrr', 'aws'], round: [3], variant: ['retrain', 'signed-mask', 'mask-only'] },
      ...{ control: ['random-signed-mask', 'random-signs'], seed: Array.from({ length: seeds }, (_, i) => i + 2) },
    },
    nodes: {
      dense: { run: 'training', over: ['seed'] },
      search: { run: 'search', over: ['method'], set: { seed: 1 } },
      ticket: { run: 'transfer', over: ['method', 'round', 'variant', 'seed'], from: 'search#round' },
      control: {
        run: 'transfer',
        over: ['method', 'round', 'control', 'seed'],
        from: 'search#round',
        set: { variant: '$control' },
      },
      basin: {
        run: 'connectivity',
        over: ['method', 'round', 'seed'],
        a: { node: 'ticket', where: { variant: 'signed-mask' } },
        b: { node: 'ticket', where: { variant: 'retrain' } },
      },
    },
    results: {
      accuracy: { of: 'ticket', measure: 'accuracy', rows: ['method'], columns: 'variant', baseline: 'dense' },
      barrier: { of: 'basin', measure: 'barrier', rows: ['method'] },
    },
  };
}

const EPOCHS = 20;
const LAYERS = 20;

/** Writes the study file and the directories of its runs. */
export async function makeLargeStudy(folder: string, seeds: number): Promise<{ study: ReadStudy; runs: StudyRun[] }> {
  return makeEndedStudy(path.join(folder, 'large.study.json'), largeStudy(seeds));
}

/** Writes a study file, and the directories of its runs as they are when all have ended. */
export async function makeEndedStudy(file: string, content: object): Promise<{ study: ReadStudy; runs: StudyRun[] }> {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(content));
  const study = await readStudy(file);
  const runs = expand(study);
  for (const run of runs) makeEndedRun(study, run);
  return { study, runs };
}

function makeEndedRun(study: ReadStudy, run: StudyRun): void {
  const directory = directoryOf(study, run.name);
  mkdirSync(directory, { recursive: true });
  const record = recordFor(study, run);
  writeFileSync(path.join(directory, 'run.json'), JSON.stringify(storedRecord(directory, record), undefined, 2));
  const lines = eventsOf(run).map((event) => `${JSON.stringify(event)}\n`);
  writeFileSync(path.join(directory, 'events.jsonl'), lines.join(''));
}

function recordFor(study: ReadStudy, { name, kind, options, settings: { fields }, sources }: StudyRun): RunRecord {
  const base = { version: 1 as const, name, ...options };
  const asOf = ({ run, checkpoint }: SourceOfRun) => ({
    checkpoint: path.join(directoryOf(study, run), checkpoint),
    sha256: hashOf(run, checkpoint),
  });
  const [first, second] = sources.map(asOf);
  if (kind === 'search') return { ...base, kind };
  if (kind === 'training') return { ...base, kind: 'train', source: { from: 'initialization' } };
  if (kind === 'connectivity') return { ...base, kind, a: first!, b: second!, points: POINTS.default };
  return { ...base, kind: 'train', source: { from: 'checkpoint', ...first!, variant: fields.variant! } };
}

function hashOf(run: string, checkpoint: string): string {
  return createHash('sha256').update(`${run}/${checkpoint}`).digest('hex');
}

const layers = Array.from({ length: LAYERS }, (_, i) => ({
  name: `stage.${i}.conv`,
  shape: [16, 16, 3, 3],
  count: 2304,
}));
const parameters = { prunable: LAYERS * 2304, all: LAYERS * 2400 };

function eventsOf(run: StudyRun): RunEvent[] {
  const backend = { name: 'wasm' as const, device: 'CPU', threads: 1, deterministic: true, reason: '' };
  const began: RunEvent = { type: 'started', time: 1, backend, datasetSha256: hashOf('data', ''), layers, parameters };
  return [began, ...(run.kind === 'connectivity' ? pointsOf(run) : trained(run))];
}

function trained(run: StudyRun): RunEvent[] {
  const isSearch = run.kind === 'search';
  const indices = isSearch ? Array.from({ length: roundsOf(run.options) + 1 }, (_, i) => i) : [0];
  const rounds = indices.map((index) => resultOf(run, index));
  const last = rounds.at(-1)!;
  const { sparsity, test, train, checkpoint } = last;
  const result: RunResult = isSearch
    ? { kind: 'search', sparsity, checkpoint }
    : { kind: 'train', sparsity, test, train, checkpoint };
  return [
    ...rounds.flatMap((one): RunEvent[] => [...epochsOf(one), { type: 'round', ...one, time: 3 }]),
    { type: 'ended', outcome: 'done', result, time: 4 },
  ];
}

function epochsOf({ round, train, test }: RoundResult): RunEvent[] {
  return Array.from({ length: EPOCHS }, (_, epoch): RunEvent[] => [
    // prettier-ignore
    { type: 'progress', round, epoch, step: 10, steps: 10, loss: 1 / (epoch + 1), accuracy: 50, learningRate: 0.1, secondsLeft: 5, time: 2 },
    { type: 'epoch', round, epoch, epochs: EPOCHS, seconds: 1.5, train, test, time: 2 },
  ]).flat();
}

function resultOf({ name, kind, options }: StudyRun, round: number): RoundResult {
  const kept = kind === 'training' ? 1 : (1 - options.pruningFraction) ** (kind === 'search' ? round : 3);
  const accuracy = 80 + (parseInt(hashOf(name, '').slice(0, 4), 16) % 100) / 10;
  const checkpoint = `checkpoints/${kind === 'search' ? `round-0${round}` : 'final'}.safetensors`;
  const count = { count: 2304, kept: Math.round(2304 * kept), positive: 1000, negative: 900 };
  const flips = { flippedFromInit: 100, keptSincePrevious: 900, flippedFromPrevious: 10, crossedZero: 10 };
  return {
    ...{ round, sparsity: { prunable: 1 - kept, all: (1 - kept) * 0.96 }, imagesPerSecond: 1000 },
    ...{ train: { loss: 0.5, accuracy }, test: { loss: 0.6, accuracy } },
    ...{ checkpoint, sha256: hashOf(name, checkpoint) },
    layers: layers.map((layer) => ({ name: layer.name, ...count, ...flips })),
    normalization: [],
  };
}

function pointsOf({ name }: StudyRun): RunEvent[] {
  const height = (parseInt(hashOf(name, '').slice(0, 4), 16) % 100) / 10;
  const measuredAt = (alpha: number) => ({ loss: 0.5, accuracy: 80 - height * 4 * alpha * (1 - alpha) });
  const points = Array.from({ length: POINTS.default }, (_, i): CurvePoint => {
    const alpha = 1 - i / (POINTS.default - 1);
    return { alpha, train: measuredAt(alpha), test: measuredAt(alpha) };
  });
  const barriers = measureBarriers(points);
  const result: RunResult = {
    ...{ kind: 'connectivity', barrier: barriers[0], barriers },
    ...{ normalization: 'none', masks: 'equal' },
  };
  const measured = points.map((point): RunEvent => ({ type: 'point', ...point, time: 2 }));
  return [...measured, { type: 'ended', outcome: 'done', result, time: 4 }];
}
