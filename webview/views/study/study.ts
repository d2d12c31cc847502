/** The panel of a study: what it found, its figure and table, and a matrix of its runs. Someone who did not run it can read it. */
import type { StudyRunRow } from '../../../engine/protocol';
import { changesInWindow } from '../../../engine/vocabulary/studyChanges';
import { Disposables } from '../../dispose';
import { h, setText } from '../../dom';
import type { LineChoices } from '../../parts/lineFigure';
import { drawWarnings, errorState, progressLine, warningList } from '../../parts/message';
import type { Sort } from '../../parts/sorting';
import type { PanelState } from '../../protocol';
import { followStudy, type LiveStudy } from '../../studyLive';
import type { Mount, ViewContext } from '../view';
import { StudyHeader } from './header';
import type { Place } from './gridLayout';
import { originWords } from './originWords';
import { StudyResults } from './results';
import { StudyRuns } from './runsSection';

type State = Extract<PanelState, { view: 'study' }>;

/** Shows a study, and updates the view while its runs continue. */
export const mountStudy: Mount<State> = (root, { file }, context) => new StudyView(root, file, context).owned;

class StudyView {
  readonly owned = new Disposables();
  readonly #root: HTMLElement;
  readonly #header: StudyHeader;
  readonly #results: StudyResults;
  readonly #runs: StudyRuns;
  readonly #problem = warningList();
  readonly #slurm = warningList();
  readonly #changes = warningList();
  readonly #origin = h('p', { class: 'study-origin' });
  #study: LiveStudy | undefined;

  constructor(root: HTMLElement, file: string, { host, memory }: ViewContext) {
    this.#root = root;
    this.#header = new StudyHeader(host);
    this.#results = this.owned.add(
      new StudyResults({
        host,
        table: typeof memory['table'] === 'string' ? memory['table'] : undefined,
        sort: memory['sort'] as Sort | undefined,
        lines: memory['lines'] as Record<string, LineChoices> | undefined,
        openRow: ({ axes }) => {
          this.#runs.reveal(axes);
        },
      }),
    );
    this.#runs = this.owned.add(
      new StudyRuns({
        host,
        place: (memory['cell'] as Place | undefined) ?? { row: 0, column: 0 },
        sort: memory['runSort'] as Sort | undefined,
        asTable: memory['runsAsTable'] === true,
      }),
    );
    root.replaceChildren(progressLine());
    this.owned.add(followStudy(host, file, { changed: this.#changed, failed: this.#failed }));
    this.owned.add(
      host.studiesChanged.on((change) => {
        if (change.file === file) drawWarnings(this.#problem, change.problem === undefined ? [] : [change.problem]);
      }),
    );
    this.owned.add(
      host.trustGranted.on(() => {
        if (this.#study) this.#changed(this.#study, []);
      }),
    );
  }

  readonly #changed = (study: LiveStudy, changed: readonly StudyRunRow[] | undefined): void => {
    this.#study = study;
    this.#header.draw(study);
    this.#results.draw(study);
    this.#runs.draw(study, changed);
    setText(this.#origin, originWords(study));
    drawWarnings(this.#slurm, study.slurmProblem === undefined ? [] : [study.slurmProblem]);
    drawWarnings(this.#changes, study.changes ? changesInWindow(study.changes) : []);
    if (this.#header.element.isConnected) return;
    this.#root.replaceChildren(
      this.#header.element,
      this.#problem,
      this.#slurm,
      this.#changes,
      this.#results.element,
      this.#runs.element,
      this.#origin,
    );
  };

  readonly #failed = (error: Error): void => {
    this.#root.replaceChildren(errorState(error));
  };
}
