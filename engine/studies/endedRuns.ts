/**
 * The index of the runs of a study that are done or diverged: what `study status` shows of them, and how long they took. It is one file in
 * the folder of the study, so that a status of ten thousand runs opens it instead of their summaries. A run in it counts only while the
 * study, its record and its log are those that were read. If the file is lost or wrong, the summaries are read, which takes longer.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isOfSystem, writeCache } from '../cacheFile';
import { UserError } from '../errors';
import { stampOf } from '../runs/summaryFile';
import { number, object, oneOf, optional, parseShape, recordOf, text } from '../shapes';
import { isOwn } from '../vocabulary/models/ownName';
import type { StudyRun } from './expand';
import { directoryOf, endedOf, folderOf } from './place';
import type { ReadStudy } from './studyFile';

/** What is known of a run that has ended. */
export interface EndedRun {
  status: 'done' | 'diverged';
  message?: string | undefined;
  /** Seconds that it worked. */
  seconds?: number | undefined;
}

/** Differs if a run, or one whose checkpoints it was made from, has changed. */
interface StampOfRun {
  record: string;
  log: string;
  /** The logs of the runs that it needs. */
  needs: string;
}

type Listed = EndedRun & StampOfRun;

const INDEX = object({
  version: oneOf(1),
  study: text,
  runs: recordOf(
    object<Listed>({
      status: oneOf('done', 'diverged'),
      message: optional(text),
      seconds: optional(number),
      record: text,
      log: text,
      needs: text,
    }),
  ),
});

/** The index is written again after this many runs ended that it does not have. Fewer are read as fast from their summaries. */
const MOST_UNLISTED = 100;

export type IndexedStudy = Pick<ReadStudy, 'file' | 'name' | 'text'>;

export class EndedRuns {
  readonly #study: string;
  readonly #known: Readonly<Record<string, Listed>>;
  readonly #found: Record<string, Listed> = {};
  readonly #stamps = new Map<string, Omit<StampOfRun, 'needs'> | undefined>();
  #unlisted = 0;

  constructor(
    private readonly study: IndexedStudy,
    runs: readonly StudyRun[],
  ) {
    this.#study = fingerprintOf(study, runs);
    this.#known = readIndex(study, this.#study);
  }

  /** Returns what is known of a run, if nothing has changed since. */
  get(run: StudyRun): EndedRun | undefined {
    const known = Object.hasOwn(this.#known, run.name) ? this.#known[run.name] : undefined;
    const stamp = known && this.stampOf(run);
    if (known?.record !== stamp?.record || known?.log !== stamp?.log || known?.needs !== stamp?.needs) return undefined;
    if (known) this.#found[run.name] = known;
    return known;
  }

  /** Returns the stamp of a run, as it was when it was first asked for; undefined if the run has no record or no log. */
  stampOf({ name, needs }: StudyRun): StampOfRun | undefined {
    const stamp = this.#stampOf(name);
    return stamp && { ...stamp, needs: needs.map((need) => this.#stampOf(need)?.log ?? '').join(', ') };
  }

  #stampOf(name: string): Omit<StampOfRun, 'needs'> | undefined {
    if (this.#stamps.has(name)) return this.#stamps.get(name);
    const found = stampOf(directoryOf(this.study, name));
    const stamp = found && { record: found.record, log: found.log };
    this.#stamps.set(name, stamp);
    return stamp;
  }

  /**
   * Adds a run that has ended.
   * @param stamp was taken before the run was read
   */
  add(name: string, stamp: StampOfRun, run: EndedRun): void {
    this.#found[name] = { ...run, ...stamp };
    this.#unlisted++;
  }

  /** Writes the index if many runs were added. */
  keep(): void {
    if (this.#unlisted < MOST_UNLISTED) return;
    const runs = { ...this.#known, ...this.#found }; // only a part of the study may have been read
    writeCache(endedOf(this.study), JSON.stringify({ version: 1, study: this.#study, runs }));
  }
}

/** Returns a text that differs if the runs of the study may have other options. */
function fingerprintOf(study: IndexedStudy, runs: readonly StudyRun[]): string {
  const networks = new Set(runs.map(({ options: { model } }) => (isOwn(model) ? model.sha256 : undefined)));
  const basis = [process.env['WINNING_SIGN_VERSION'], folderOf(study), study.text, ...networks];
  return createHash('sha256').update(JSON.stringify(basis)).digest('hex');
}

function readIndex(study: IndexedStudy, fingerprint: string): Readonly<Record<string, Listed>> {
  const file = endedOf(study);
  try {
    const { study: of, runs } = parseShape(readFileSync(file, 'utf8'), file, INDEX);
    return of === fingerprint && study.text !== undefined ? runs : {};
  } catch (error) {
    if (error instanceof UserError || isOfSystem(error)) return {};
    throw error;
  }
}
