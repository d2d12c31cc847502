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
import { endedOf, folderOf } from './place';
import type { ReadStudy } from './studyFile';

/** What is known of a run that has ended. */
export interface EndedRun {
  status: 'done' | 'diverged';
  message?: string | undefined;
  /** Seconds that it worked. */
  seconds?: number | undefined;
}

/** `record` and `log` are those of the stamp of the run. */
interface Listed extends EndedRun {
  record: string;
  log: string;
}

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
  #unlisted = 0;

  constructor(
    private readonly study: IndexedStudy,
    runs: readonly StudyRun[],
  ) {
    this.#study = fingerprintOf(study, runs);
    this.#known = readIndex(study, this.#study);
  }

  /** Returns what is known of a run, if nothing has changed since. */
  get(name: string, directory: string): EndedRun | undefined {
    const known = Object.hasOwn(this.#known, name) ? this.#known[name] : undefined;
    const stamp = known && stampOf(directory);
    if (known?.record !== stamp?.record || known?.log !== stamp?.log) return undefined;
    if (known) this.#found[name] = known;
    return known;
  }

  /**
   * Adds a run that has ended.
   * @param stamp was taken before the run was read
   */
  add(name: string, { record, log }: { record: string; log: string }, run: EndedRun): void {
    this.#found[name] = { ...run, record, log };
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
