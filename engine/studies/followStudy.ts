/** Follows one study: its file, the states of its runs, and the process that executes it. */
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { FileError } from '../errors';
import type { RunOverview } from '../runs/snapshot';
import type { StudyDelta, StudyRunRow, StudySnapshot, StudySummary, StudyTableJson } from '../vocabulary/study';
import { changesFrom, unlistedIn } from './changes';
import { expand, type SourceOfRun, type StudyRun } from './expand';
import { finite } from './outputs';
import { directoryOf, folderOf } from './place';
import { sourcesOf } from './provenance';
import { countsOf } from '../vocabulary/studyCounts';
import { axisValues, rowOf } from './rows';
import { isLive, type Job } from './slurm/jobs';
import { jobWords, slurmWords } from './slurm/reasons';
import { readJobs, withJobs } from './slurm/states';
import { hashesOf, stateFrom, withQueued, type RunState } from './states';
import { executorOf } from './holder';
import { readStudy, studyName, type ReadStudy } from './studyFile';
import { secondsLeft } from './secondsLeft';
import { tablesOf } from './table';

/** Returns the run in a directory: a sentence if it could not be read, and undefined if it is not there. */
export type OverviewOf = (directory: string) => RunOverview | string | undefined;

/** What has changed since the last look. */
export interface StudyNews {
  summary?: StudySummary | undefined;
  /** Why the file cannot be used. */
  problem?: string | undefined;
  /** For a panel; only if one shows the study. */
  delta?: StudyDelta | undefined;
}

/** What is known about the runs of a study whose file is valid. */
interface Known {
  study: ReadStudy;
  runs: StudyRun[];
  states: Map<string, RunState>;
  rows: Map<string, StudyRunRow>;
  tables: StudyTableJson[];
  /** The jobs of Slurm, by the name of their run. */
  jobs: ReadonlyMap<string, Job>;
  /** Run directories that no run of the study has. */
  unlisted: readonly string[];
  /** Why Slurm could not be asked. */
  slurmProblem?: string | undefined;
}

export class FollowedStudy {
  #known: Known | undefined;
  #summary: StudySummary | undefined;
  /** Why the file cannot be used, until it is read again. */
  #readError: Error | undefined;
  /** Why the last look failed, for example because a file about a run is corrupt. */
  #updateError: Error | undefined;
  /** Whether the file must be read again. */
  #isStale = true;
  #changed = new Set<string>();
  /** Whether a panel shows it, so that looks return deltas. */
  isShown = false;
  /** The process that was asked to stop. */
  #stopped: number | undefined;
  #hasNews = true;

  constructor(
    readonly file: string,
    private readonly overviewOf: OverviewOf,
  ) {}

  /** The summary of the last look. Undefined if the file was never valid. */
  get summary(): StudySummary | undefined {
    return this.#summary;
  }

  get problem(): string | undefined {
    return this.#error && problemText(this.file, this.#error);
  }

  get #error(): Error | undefined {
    return this.#readError ?? this.#updateError;
  }

  /** Whether the study may change without an event: a killed process and a corrected file of a run cause none. */
  get isWatchedByTime(): boolean {
    return this.#summary?.executing === true || this.#updateError !== undefined;
  }

  get folder(): string {
    return folderOf({ file: this.file, name: studyName(this.file) });
  }

  fileChanged(): void {
    this.#isStale = true;
  }

  /** A run of the study may have changed. */
  runChanged(directory: string): void {
    this.#changed.add(directory);
  }

  stopAsked(pid: number): void {
    this.#stopped = pid;
  }

  /** Reads what has changed. Returns the news since the last call; undefined if there are none. */
  async look(): Promise<StudyNews | undefined> {
    const isNew = this.#isStale;
    const before = { problem: this.problem, summary: this.#summary, tables: this.#known?.tables };
    let rows: StudyRunRow[] = [];
    if (this.#isStale) await this.#read();
    try {
      if (this.#known) rows = await this.#update(this.#known);
      if (this.#known) this.#summary = await this.#summarize(this.#known);
      this.#updateError = undefined;
    } catch (error) {
      this.#updateError = asError(error);
    }
    const { summary, problem } = this;
    const isSame = isDeepStrictEqual(before.summary, summary) && before.problem === problem && !this.#hasNews;
    this.#hasNews = false;
    if (isSame && rows.length === 0 && !isNew) return undefined;
    const reset = isNew || (before.problem !== undefined && problem === undefined); // a panel has no snapshot while there is a problem
    return {
      ...(!isSame && { summary, problem }),
      ...(this.isShown && summary && { delta: this.#deltaOf(summary, { rows, reset, tables: before.tables }) }),
    };
  }

  /** Returns everything that a panel draws. Later looks return the changes. Throws UserError if the file cannot be used. */
  snapshot(): StudySnapshot {
    if (this.#error) throw this.#error;
    const known = this.#known!;
    known.tables = tablesNow(known);
    return {
      ...this.#summary!,
      axes: axisValues(known.study.study.axes, known.runs),
      runs: [...known.rows.values()],
      tables: known.tables,
      provenance: sourcesOf(known.states.values()),
    };
  }

  async #read(): Promise<void> {
    this.#isStale = false;
    try {
      const study = await readStudy(this.file);
      const empty = { states: new Map(), rows: new Map(), tables: [], jobs: new Map(), unlisted: [] };
      this.#known = { study, runs: expand(study), ...empty };
      this.#readError = undefined;
    } catch (error) {
      this.#readError = asError(error);
    }
  }

  /** Brings the rows up to date, and returns those that have changed. If that fails, the next look tries again. */
  async #update(known: Known): Promise<StudyRunRow[]> {
    const changed = this.#changed;
    this.#changed = new Set(); // receives what changes meanwhile
    try {
      return await updated(known, changed, this.overviewOf);
    } catch (error) {
      for (const directory of changed) this.#changed.add(directory);
      throw error;
    }
  }

  async #summarize({ study, states, rows, jobs, slurmProblem, unlisted }: Known): Promise<StudySummary> {
    const holder = await executorOf(study);
    if (!holder) this.#stopped = undefined;
    const stopping = holder !== undefined && holder.pid === this.#stopped;
    const changes = changesFrom([...states.values()], unlisted);
    const hasJobs = [...jobs.values()].some(isLive);
    const left = holder && !stopping && !hasJobs ? secondsLeft([...states.values()]) : undefined; // for this machine
    return {
      file: this.file,
      name: study.name,
      ...(study.study.question !== undefined && { question: study.study.question }),
      folder: folderOf(study),
      nodes: Object.keys(study.study.nodes),
      counts: countsOf(rows.values()),
      executing: holder !== undefined || hasJobs,
      stopping,
      ...(left !== undefined && { secondsLeft: left }),
      ...slurmWords(jobs, { states, problem: slurmProblem }),
      ...(changes && { changes }),
    };
  }

  #deltaOf(
    summary: StudySummary,
    { rows, reset, tables: before }: { rows: StudyRunRow[]; reset: boolean; tables: StudyTableJson[] | undefined },
  ): StudyDelta {
    const { file } = this;
    const known = this.#known;
    if (reset || !known) return { file, reset: true, runs: [], summary };
    const tables = rows.length > 0 ? tablesNow(known) : known.tables;
    known.tables = tables;
    const isNew = !isDeepStrictEqual(before, tables);
    const provenance = isNew ? sourcesOf(known.states.values()) : [];
    return { file, reset: false, runs: rows, summary, ...(isNew && { tables, provenance }) };
  }
}

/**
 * Reads the changed runs, or all if none was read, and asks Slurm if the study was submitted. Returns the rows that have changed. Changes
 * `known` only if all of this succeeds.
 */
async function updated(known: Known, changed: ReadonlySet<string>, overviewOf: OverviewOf): Promise<StudyRunRow[]> {
  const { study, runs, rows } = known;
  const isFirst = known.states.size === 0;
  const { jobs, problem } = await readJobs(study);
  const hasNewJobs = !isDeepStrictEqual(jobs, known.jobs);
  if (!isFirst && changed.size === 0 && !hasNewJobs) {
    known.slurmProblem = problem;
    return [];
  }
  const hasOthers = isFirst || [...changed].some((directory) => !known.states.has(path.basename(directory)));
  const unlisted = hasOthers ? await unlistedIn(study, new Set(runs.map(({ name }) => name))) : known.unlisted;
  const states = new Map(known.states);
  const hashesIn = ({ run }: SourceOfRun) => hashesOf(overviewOf(directoryOf(study, run)));
  for (const run of runs)
    if (isFirst || [run.name, ...run.needs].some((name) => changed.has(directoryOf(study, name))))
      states.set(run.name, stateFrom(study, run, overviewOf(directoryOf(study, run.name)), hashesIn));
  const news: StudyRunRow[] = [];
  for (const state of await withJobs(study, withQueued([...states.values()]), jobs)) {
    const before = rows.get(state.run.name);
    if (before?.status === state.status && !changed.has(state.directory) && !hasNewJobs) continue;
    const row = { ...rowOf(state), ...(state.job && { job: jobWords(state.job, state.overview !== undefined) }) };
    if (!isDeepStrictEqual(before, row)) news.push(row);
  }
  for (const row of news) rows.set(row.name, row);
  [known.states, known.jobs, known.unlisted, known.slurmProblem] = [states, jobs, unlisted, problem];
  return news;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function tablesNow({ study, states }: Known): StudyTableJson[] {
  return tablesOf(study, [...states.values()]).map(finite);
}

/** Returns the mistakes of a file in one sentence each, without the path of the study file. */
function problemText(file: string, error: Error): string {
  if (error instanceof FileError && error.file === file)
    return error.problems.map(({ message, range }) => (range ? `Line ${range.line}: ${message}` : message)).join('\n');
  return error.message.replaceAll(`${file}: `, '');
}
