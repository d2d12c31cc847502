/** Follows a study: gets one snapshot, then applies its changes. */
import type { StudyDelta, StudyRunRow, StudySnapshot, StudySummary } from '../engine/protocol';
import { Disposables, type Disposable } from './dispose';
import type { Host } from './host';
import { Latest } from './latest';

/** A study as it is now. */
export interface LiveStudy extends Omit<StudySnapshot, 'runs'> {
  /** The runs by name, in the order of the expansion. The map is changed in place, because there can be thousands of runs. */
  runs: Map<string, StudyRunRow>;
}

export interface StudyListener {
  /** `changed` has the runs that changed since the last call; undefined if everything is new. */
  changed: (study: LiveStudy, changed: readonly StudyRunRow[] | undefined) => void;
  failed: (error: Error) => void;
}

type OptionalKeys<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];

/** The fields that a summary may lack. A field that a later summary lacks is no longer known. */
const OPTIONAL_FIELDS = Object.keys({
  question: true,
  secondsLeft: true,
  changes: true,
  nodes: true,
  slurmProblem: true,
  slurmJobs: true,
} satisfies Record<OptionalKeys<StudySummary>, true>);

/** Applies a delta. Runs that the study does not have are ignored: a reset follows. */
export function withStudyDelta(study: LiveStudy, delta: StudyDelta): LiveStudy {
  const { runs, summary, tables, provenance } = delta;
  for (const run of runs) if (study.runs.has(run.name)) study.runs.set(run.name, run);
  const next = { ...study, ...summary, ...(tables && { tables }), ...(provenance && { provenance }) };
  for (const field of OPTIONAL_FIELDS) if (!(field in summary)) Reflect.deleteProperty(next, field);
  return next;
}

/** Follows a study until disposed. Gets a new snapshot after a restart of the engine, and when the file has changed. */
export function followStudy(host: Host, file: string, listener: StudyListener): Disposable {
  const owned = new Disposables();
  const latest = owned.add(new Latest());
  let study: LiveStudy | undefined;
  const ask = () => {
    study = undefined;
    const done = (answer: StudySnapshot) => {
      study = { ...answer, runs: new Map(answer.runs.map((run) => [run.name, run])) };
      listener.changed(study, undefined);
    };
    latest.ask(host.request('study/snapshot', { file }), { done, failed: listener.failed });
  };
  owned.add(
    host.studyChanged.on((delta) => {
      if (delta.file !== file) return;
      if (delta.reset) ask();
      else if (study) listener.changed((study = withStudyDelta(study, delta)), delta.runs);
    }),
  );
  owned.add(host.restarted.on(ask));
  ask();
  return owned;
}
