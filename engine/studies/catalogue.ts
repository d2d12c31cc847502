/**
 * Follows the studies in some folders by file events. The runs themselves are followed by the catalogue of runs: a study is its file and the
 * runs in its folder.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors';
import { statIfPossible } from '../files';
import { Ticker } from '../runs/ticker';
import { Watches } from '../runs/watches';
import type { StudyDelta, StudySnapshot } from '../vocabulary/study';
import type { StudyChange, StudyList } from '../vocabulary/studyRequest';
import { findStudies, isSearched, STUDY_FILE, studyOfFolder, watchedFor } from './findStudies';
import { FollowedStudy, type OverviewOf } from './followStudy';
import { LookSchedule, SEARCH } from './lookSchedule';
import { executorOf } from './holder';
import { stopStudy } from './stop';
import { studyName } from './studyFile';

/** Intervals in ms: processes are checked, because a killed one causes no event, and everything if file events are not reliable. */
const [EXECUTING_MS, SLOW_MS] = [2_000, 30_000];
const MOST_SEARCHES = 5; // a scan ends even if folders are replaced again and again

export interface StudyListener {
  onList(change: StudyChange): void;
  onStudy(delta: StudyDelta): void;
  /** A look at a study, or the search for studies, failed unexpectedly. Not called again for the same message until a look succeeds. */
  onError(message: string): void;
  /** Resolves when a look, which may take a second, holds up nothing else; by default at once. */
  whenQuiet?(): Promise<void>;
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
  readonly #looks: LookSchedule;
  readonly #watches = new Watches((directory, name) => {
    this.#happened(directory, name);
  });
  readonly #executing = new Ticker(EXECUTING_MS, () => {
    for (const [file, study] of this.#studies) if (study.isWatchedByTime) this.#looks.soon(file);
  });
  readonly #slow = new Ticker(SLOW_MS, () => {
    for (const study of this.#studies.values()) study.fileChanged();
    this.#looks.soon(SEARCH);
  });
  /** The folders of studies that existed at the last look, so their locks are watched. */
  readonly #locked = new Set<string>();
  #folders: readonly string[] = [];
  #places: readonly string[] = [];
  /** Files outside of the folders that were asked for. */
  readonly #extra = new Set<string>();
  /** The files of which a panel is open. */
  readonly #shown = new Set<string>();
  /** Number of snapshots that are being read, by file. */
  readonly #reading = new Map<string, number>();

  constructor(
    private readonly runs: FollowedRuns,
    private readonly listener: StudyListener,
  ) {
    this.#looks = new LookSchedule(
      (what) => (what === SEARCH ? this.#scan() : this.#look(what)),
      (message) => {
        listener.onError(message);
      },
    );
  }

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

  /**
   * Returns everything that a panel draws. The listener receives the changes after that until `close`, unless it is wanted only once. Throws
   * UserError if the file has mistakes, or was removed.
   */
  async snapshot(given: string, once = false): Promise<StudySnapshot> {
    const file = path.resolve(given);
    if (!once) this.#shown.add(file);
    this.#reading.set(file, (this.#reading.get(file) ?? 0) + 1);
    try {
      return await this.#snapshot(file);
    } finally {
      const others = this.#reading.get(file)! - 1;
      if (others > 0) this.#reading.set(file, others);
      else this.#reading.delete(file);
      this.#unfollowUnread(file);
    }
  }

  /** The last panel of a study was closed. */
  close(given: string): void {
    const file = path.resolve(given);
    this.#shown.delete(file);
    this.#unfollowUnread(file);
  }

  async #snapshot(file: string): Promise<StudySnapshot> {
    if (!this.#studies.has(file)) {
      this.#extra.add(file);
      await this.#scan();
    }
    await this.#looks.now(file);
    const study = this.#studies.get(file);
    if (!study) throw new UserError(`${file}: this study was removed. Restore the file, or close its panel.`);
    study.isShown = this.#shown.has(file);
    return study.snapshot();
  }

  /** If nobody reads a study, sends no more of its changes, and forgets it if it was followed only for its readers. */
  #unfollowUnread(file: string): void {
    if (this.#shown.has(file) || this.#reading.has(file)) return;
    const study = this.#studies.get(file);
    if (study) study.isShown = false;
    if (this.#extra.delete(file)) this.#looks.soon(SEARCH);
  }

  /** A run appeared, changed or was removed. */
  runChanged(directory: string): void {
    const folder = path.dirname(directory);
    const file = this.#byFolder.get(folder);
    if (file !== undefined) {
      this.#studies.get(file)!.runChanged(directory);
      this.#looks.soon(file);
    } else if (studyOfFolder(folder) !== undefined) this.#looks.soon(SEARCH);
  }

  /** Looks at a study at once, for example because its process has begun. */
  async refresh(file: string): Promise<void> {
    await this.#looks.now(path.resolve(file));
  }

  /** Asks the process of a study to stop. */
  async stop(given: string): Promise<{ stopping: boolean; message: string }> {
    const file = path.resolve(given);
    const named = { file, name: studyName(file) };
    const holder = await executorOf(named);
    const report = await stopStudy(named);
    if (report.stopping && holder) this.#studies.get(file)?.stopAsked(holder.pid);
    await this.#looks.now(file);
    return report;
  }

  dispose(): void {
    this.#watches.dispose();
    this.#looks.dispose();
    this.#studies.clear();
    [this.#executing.isWanted, this.#slow.isWanted] = [false, false];
  }

  /** Finds new and removed studies, and looks at all that are new. */
  async #scan(): Promise<void> {
    const wanted = await this.#search();
    await this.runs.followAlso([...this.#byFolder.keys()]);
    await Promise.all([...wanted].map((file) => this.#looks.now(file)));
  }

  /** Finds and watches the studies. Searches again if a folder was not watched before: a file may have appeared in it meanwhile. */
  async #search(): Promise<Set<string>> {
    for (let search = 1; ; search++) {
      const [{ files, places }] = await Promise.all([findStudies(this.#folders), this.listener.whenQuiet?.()]);
      this.#places = places;
      const ofRuns = this.runs.folders().flatMap((folder) => studyOfFolder(folder) ?? []);
      const wanted = new Set([...files, ...ofRuns, ...this.#extra]);
      for (const file of this.#studies.keys()) if (!wanted.has(file)) this.#forget(file);
      for (const file of wanted) this.#add(file);
      const begun = this.#watch();
      if (search === MOST_SEARCHES || !begun.some((place) => places.includes(place))) return wanted;
    }
  }

  #add(file: string): void {
    if (this.#studies.has(file)) return;
    const study = new FollowedStudy(file, (directory) => this.runs.overviewOf(directory));
    study.isShown = this.#shown.has(file);
    this.#studies.set(file, study);
    this.#byFolder.set(study.folder, file);
  }

  #forget(file: string): void {
    this.#byFolder.delete(this.#studies.get(file)!.folder);
    this.#studies.delete(file);
    this.#looks.forget(file);
    this.listener.onList({ file });
  }

  /** Watches the folders of studies. Returns those that were not watched before. */
  #watch(): string[] {
    const begun = this.#watches.replace(watchedFor(this.#places, [...this.#studies.keys()]));
    this.#slow.isWanted = this.#watches.isBlind;
    return begun;
  }

  #happened(directory: string, name: string | null): void {
    const file = this.#byFolder.get(directory);
    if (file !== undefined) this.#looks.soon(file);
    else if (name === null) this.#looks.soon(SEARCH);
    else if (name.endsWith(STUDY_FILE)) {
      this.#studies.get(path.join(directory, name))?.fileChanged();
      this.#looks.soon(SEARCH);
    } else if (this.#mayHaveStudies(path.join(directory, name))) this.#looks.soon(SEARCH);
  }

  /** Whether a folder with this path has appeared or disappeared. */
  #mayHaveStudies(folder: string): boolean {
    const isFolder = statIfPossible(folder)?.isDirectory() === true;
    return isSearched(path.basename(folder)) && isFolder !== this.#places.includes(folder);
  }

  /** Looks at a study and tells the listener what has changed. */
  async #look(file: string): Promise<void> {
    await this.listener.whenQuiet?.();
    const study = this.#studies.get(file);
    if (!study) return;
    const news = await study.look();
    if (this.#studies.get(file) !== study) return; // it was removed meanwhile
    if (study.summary) this.#watchLock(file, study.summary.folder);
    this.#executing.isWanted = [...this.#studies.values()].some((study) => study.isWatchedByTime);
    if (news?.delta) this.listener.onStudy(news.delta);
    if (!news || !('summary' in news || 'problem' in news)) return;
    const { summary, problem } = news;
    this.listener.onList({ file, ...(summary && { summary }), ...(problem !== undefined && { problem }) });
  }

  /** Watches the folder of a study once it exists. Looks again, because a process may have taken or left the lock meanwhile. */
  #watchLock(file: string, folder: string): void {
    if (!existsSync(folder) || this.#locked.has(folder)) return;
    this.#locked.add(folder);
    if (this.#watch().includes(folder)) this.#looks.soon(file);
  }
}
