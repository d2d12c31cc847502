/**
 * Follows the studies in some folders by file events. The runs themselves are followed by the catalogue of runs: a study is its file and the
 * runs in its folder.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { statIfPossible } from '../files';
import { Ticker } from '../runs/ticker';
import { Watches } from '../runs/watches';
import type { StudyDelta, StudySnapshot } from '../vocabulary/study';
import type { StudyChange, StudyList } from '../vocabulary/studyRequest';
import { findStudies, isSearched, STUDY_FILE, studyOfFolder } from './findStudies';
import { FollowedStudy, type OverviewOf } from './followStudy';
import { lockOf } from './place';
import { executorOf, stopStudy } from './stop';
import { studyName } from './studyFile';

/** Delay in ms after a change, and the least interval between two looks at a study. */
const [QUIET_MS, LEAST_MS] = [100, 1_000];
/** Interval in ms at which the processes of studies are checked, because a killed process causes no event. */
const EXECUTING_MS = 2_000;
/** Interval in ms at which everything is checked if file events are not reliable. */
const SLOW_MS = 30_000;

export interface StudyListener {
  onList(change: StudyChange): void;
  onStudy(delta: StudyDelta): void;
  /** A look at a study, or the search for studies, failed unexpectedly. Not called again for the same message until a look succeeds. */
  onError(message: string): void;
}

/** The part of the catalogue of runs that studies need. */
export interface FollowedRuns {
  overviewOf(directory: string): ReturnType<OverviewOf>;
  /** The folders that have runs. */
  folders(): string[];
  /** Also follows the runs in these folders. */
  followAlso(folders: readonly string[]): Promise<void>;
}

export class StudyCatalogue {
  readonly #studies = new Map<string, FollowedStudy>();
  /** The files of studies, by the folder of their runs. */
  readonly #byFolder = new Map<string, string>();
  readonly #due = new Map<string, NodeJS.Timeout>();
  readonly #looked = new Map<string, number>();
  readonly #looking = new Map<string, Promise<void>>();
  /** The messages of looks that failed, by file. */
  readonly #failed = new Map<string, string>();
  readonly #watches = new Watches((directory, name) => {
    this.#happened(directory, name);
  });
  readonly #executing = new Ticker(EXECUTING_MS, () => {
    for (const [file, study] of this.#studies) if (study.isWatchedByTime) this.#soon(file);
  });
  readonly #slow = new Ticker(SLOW_MS, () => {
    for (const study of this.#studies.values()) study.fileChanged();
    this.#soon('');
  });
  /** The folders of studies that existed at the last look, so their locks are watched. */
  readonly #locked = new Set<string>();
  #folders: readonly string[] = [];
  #places: readonly string[] = [];
  /** Files outside of the folders that were asked for. */
  readonly #extra = new Set<string>();

  constructor(
    private readonly runs: FollowedRuns,
    private readonly listener: StudyListener,
  ) {}

  /** Follows the studies in these folders, and no others. */
  async follow(folders: readonly string[]): Promise<StudyList> {
    this.#folders = folders;
    await this.#scan();
    const list: StudyList = { studies: [], problems: [] };
    for (const { file, summary, problem } of this.#studies.values()) {
      if (summary) list.studies.push(summary);
      if (problem !== undefined) list.problems.push({ file, message: problem });
    }
    return list;
  }

  /** Returns everything that a panel draws. The listener receives the changes after that. Throws UserError if the file has mistakes. */
  async snapshot(given: string): Promise<StudySnapshot> {
    const file = path.resolve(given);
    if (!this.#studies.has(file)) {
      this.#extra.add(file);
      await this.#scan();
    }
    await this.#look(file);
    return this.#studies.get(file)!.snapshot();
  }

  /** A run appeared, changed or was removed. */
  runChanged(directory: string): void {
    const folder = path.dirname(directory);
    const file = this.#byFolder.get(folder);
    if (file !== undefined) {
      this.#studies.get(file)!.runChanged(directory);
      this.#soon(file);
    } else if (studyOfFolder(folder) !== undefined) this.#soon('');
  }

  /** Looks at a study at once, for example because its process has begun. */
  async refresh(file: string): Promise<void> {
    await this.#look(path.resolve(file));
  }

  /** Asks the process of a study to stop. */
  async stop(given: string): Promise<{ stopping: boolean; message: string }> {
    const file = path.resolve(given);
    const named = { file, name: studyName(file) };
    const holder = await executorOf(named);
    const report = await stopStudy(named);
    if (report.stopping && holder) this.#studies.get(file)?.stopAsked(holder.pid);
    await this.#look(file);
    return report;
  }

  dispose(): void {
    this.#watches.dispose();
    for (const timer of this.#due.values()) clearTimeout(timer);
    this.#studies.clear();
    [this.#executing.isWanted, this.#slow.isWanted] = [false, false];
  }

  /** Finds new and removed studies, and looks at all that are new. */
  async #scan(): Promise<void> {
    const { files, places } = await findStudies(this.#folders);
    this.#places = places;
    const ofRuns = this.runs.folders().flatMap((folder) => studyOfFolder(folder) ?? []);
    const wanted = new Set([...files, ...ofRuns, ...this.#extra]);
    for (const file of this.#studies.keys()) if (!wanted.has(file)) this.#forget(file);
    for (const file of wanted) this.#add(file);
    this.#watch();
    await this.runs.followAlso([...this.#byFolder.keys()]);
    await Promise.all([...wanted].map((file) => this.#look(file)));
  }

  #add(file: string): void {
    if (this.#studies.has(file)) return;
    const study = new FollowedStudy(file, (directory) => this.runs.overviewOf(directory));
    this.#studies.set(file, study);
    this.#byFolder.set(study.folder, file);
  }

  #forget(file: string): void {
    this.#byFolder.delete(this.#studies.get(file)!.folder);
    this.#studies.delete(file);
    clearTimeout(this.#due.get(file));
    for (const known of [this.#looked, this.#looking, this.#due, this.#failed]) known.delete(file);
    this.listener.onList({ file });
  }

  /** Watches the folders in which study files may appear, and those in which the processes of studies leave their locks. */
  #watch(): void {
    const watched = new Map<string, ReadonlySet<string> | undefined>(this.#places.map((place) => [place, undefined]));
    for (const file of this.#studies.keys()) {
      const lock = lockOf({ file, name: studyName(file) });
      if (existsSync(path.dirname(lock))) watched.set(path.dirname(lock), new Set([path.basename(lock)]));
      if (!watched.has(path.dirname(file))) watched.set(path.dirname(file), new Set([path.basename(file)]));
    }
    this.#watches.replace(watched);
    this.#slow.isWanted = this.#watches.isBlind;
  }

  #happened(directory: string, name: string | null): void {
    const file = this.#byFolder.get(directory);
    if (file !== undefined) this.#soon(file);
    else if (name === null) this.#soon('');
    else if (name.endsWith(STUDY_FILE)) {
      this.#studies.get(path.join(directory, name))?.fileChanged();
      this.#soon('');
    } else if (this.#mayHaveStudies(path.join(directory, name))) this.#soon('');
  }

  /** Whether a folder with this path has appeared or disappeared. */
  #mayHaveStudies(folder: string): boolean {
    const isFolder = statIfPossible(folder)?.isDirectory() === true;
    return isSearched(path.basename(folder)) && isFolder !== this.#places.includes(folder);
  }

  /** Schedules a look at a study, or a scan (an empty name). */
  #soon(what: string): void {
    if (this.#due.has(what)) return;
    const since = performance.now() - (this.#looked.get(what) ?? -Infinity);
    const look = () => {
      this.#due.delete(what);
      void (what === '' ? this.#reported('', () => this.#scan()) : this.#look(what)); // the next change starts another scan
    };
    this.#due.set(what, setTimeout(look, Math.max(QUIET_MS, LEAST_MS - since)).unref());
    if (what === '') this.#looked.set('', performance.now());
  }

  /** Looks at a study and tells the listener what has changed. One look at a time. Never rejects. */
  #look(file: string): Promise<void> {
    const next = (this.#looking.get(file) ?? Promise.resolve()).then(() =>
      this.#reported(file, () => this.#lookNow(file)),
    );
    this.#looking.set(file, next);
    return next;
  }

  /** Does a look or a scan (an empty name), and reports its failure once. Never rejects. */
  async #reported(what: string, look: () => Promise<void>): Promise<void> {
    try {
      await look();
      this.#failed.delete(what);
    } catch (error) {
      const message = `${what || 'The search for studies'}: ${error instanceof Error ? error.message : String(error)}`;
      if (this.#failed.get(what) === message) return;
      this.#failed.set(what, message);
      this.listener.onError(message);
    }
  }

  async #lookNow(file: string): Promise<void> {
    const study = this.#studies.get(file);
    if (!study) return;
    const news = await study.look();
    this.#looked.set(file, performance.now());
    if (this.#studies.get(file) !== study) return; // it was removed meanwhile
    if (study.summary) this.#watchLock(study.summary.folder);
    this.#executing.isWanted = [...this.#studies.values()].some((study) => study.isWatchedByTime);
    if (news?.delta) this.listener.onStudy(news.delta);
    if (!news || !('summary' in news || 'problem' in news)) return;
    const { summary, problem } = news;
    this.listener.onList({ file, ...(summary && { summary }), ...(problem !== undefined && { problem }) });
  }

  /** Watches the folder of a study once it exists. */
  #watchLock(folder: string): void {
    if (!this.#locked.has(folder) && existsSync(folder)) {
      this.#locked.add(folder);
      this.#watch();
    }
  }
}
