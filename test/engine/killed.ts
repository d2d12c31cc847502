/** Kills runs at random moments and resumes them. Then compares them with a run that was not interrupted. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { reportBackends } from '../../engine/backends/report';
import { random } from '../../engine/random';
import { SEED } from '../seed';
import { cli, readEvents, start, writeData, writeRunFile } from './process';

/** A way to make one run: the verb and its arguments, without `--dir`. */
export type Job = readonly string[];

export interface Killed {
  /** Number of runs that are killed, each in its own directory. */
  kills: number;
  /** Ways to end a process. Each kill draws one of them at random. */
  signals?: readonly NodeJS.Signals[];
  /** Whether to kill a run again while it is resumed, until it ends by itself. */
  again?: boolean;
}

/** Options of a run that is long enough to be killed at many different moments. */
const LONG = { warmupEpochs: 10, epochsPerRound: 6, augmentation: { crop: 1, flip: true } };

/** Writes a run file and its data; returns the job that runs it. */
export async function searchJob(folder: string, options: object): Promise<Job> {
  await writeData(folder);
  const file = path.join(folder, 'run.sign.json');
  writeRunFile(file, { ...LONG, ...options });
  return ['run', file];
}

/** Skips a test whose backend cannot be used here. */
export async function needsBackend(test: Mocha.Context, name: string | undefined): Promise<void> {
  const report = (await reportBackends()).find((backend) => backend.name === name);
  if (report && !report.usable) test.skip();
}

/** Runs a job once without and several times with kills. Asserts that all of them end with the same bytes and the same result. */
export async function assertEqualDespiteKills(folder: string, job: Job, killed: Killed): Promise<void> {
  const { kills, signals = ['SIGKILL'], again = false } = killed;
  const whole = path.join(folder, 'whole');
  const began = Date.now();
  const { code, stderr } = await cli(...job, '--dir', whole);
  assert.equal(code, 0, stderr);
  let length = Date.now() - began;
  const expected = outputsOf(whole);
  const source = random(SEED, `kills of ${job[0]}`);
  let interrupted = 0;
  for (let attempt = 1; interrupted < kills; attempt++) {
    assert.ok(attempt <= 3 * kills, `only ${interrupted} kills met a running process`);
    const directory = path.join(folder, `killed-${attempt}`);
    const kill = () => ({ after: source.uniform() * length, signal: signals[source.below(signals.length)]! });
    const moments = [];
    const started = Date.now();
    for (let wasKilled = true; wasKilled && (moments.length === 0 || again);) {
      const moment = kill();
      wasKilled = await killAfter(goOn(job, directory), moment);
      if (wasKilled) moments.push(`${moment.signal} after ${Math.round(moment.after)} ms`);
    }
    if (moments.length === 0) {
      length = Math.min(length, Date.now() - started); // The run ended first: the machine was busier before.
      continue;
    }
    interrupted++;
    const last = await cli(...goOn(job, directory));
    assert.equal(last.code, 0, `${last.stderr} (${moments.join(', ')})`);
    assert.deepEqual(outputsOf(directory), expected, moments.join(', '));
  }
}

/** Starts or resumes the run. A run that was killed before it wrote run.json has nothing to resume, so it is started again. */
function goOn(job: Job, directory: string): string[] {
  return existsSync(path.join(directory, 'run.json')) ? ['resume', directory] : [...job, '--dir', directory];
}

/** Starts a process and ends it by a signal. Returns false if it ended by itself before. */
async function killAfter(
  args: string[],
  { after, signal }: { after: number; signal: NodeJS.Signals },
): Promise<boolean> {
  const { child, ended } = start(args, { WINNING_SIGN_SAVE_SECONDS: '0.05' });
  const timer = setTimeout(() => child.kill(signal), after);
  const { code, stderr } = await ended;
  clearTimeout(timer);
  if (code !== null && ![0, STOPPED].includes(code)) assert.fail(`exit code ${code}: ${stderr}`);
  return code !== 0;
}

const STOPPED = 130; // the exit code of a run that saved and stopped

/** Returns the bytes of the checkpoints of a run, its result, and what is counted in each round. */
export function outputsOf(directory: string): Record<string, unknown> {
  const folder = path.join(directory, 'checkpoints');
  const files = existsSync(folder) ? readdirSync(folder).sort() : [];
  const events = readEvents(directory);
  const ended = events.findLast((event) => event.type === 'ended');
  assert.equal(ended?.outcome, 'done');
  return {
    ...Object.fromEntries(files.map((file) => [file, sha256(readFileSync(path.join(folder, file)))])),
    result: ended.result,
    rounds: events.flatMap((event) => (event.type === 'round' ? [[event.layers, event.normalization]] : [])),
  };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
