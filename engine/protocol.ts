/**
 * The protocol between the engine and the extension: types only, no code.
 *
 * The extension sends `Requests` and receives `Events` over JSON-RPC. With `--json`, the command line prints the same result types.
 * Requests carry paths, never handles, so that they still make sense after the server has been restarted.
 */
import type { DoctorCheck } from './vocabulary/backends';
import type { CheckpointHeader, CheckpointRef, Revision } from './vocabulary/checkpoint';
import type { Evaluation, EvaluationRequest } from './vocabulary/evaluation';
import type { Exported, ExportForm } from './vocabulary/exportForms';
import type { Imported } from './vocabulary/imported';
import type {
  Comparison,
  Inspection,
  Marginals,
  MarginalsRequest,
  NameMap,
  Picture,
  PictureRequest,
  Series,
  SeriesRequest,
} from './vocabulary/inspection';
import type { ComparisonMatrix, MatrixRequest } from './vocabulary/matrix';
import type { DatasetProgress, DownloadedDataset } from './vocabulary/datasetCatalogue';
import type { InstallPlan, InstallProgress } from './vocabulary/installation';
import type { NetworkDescription } from './vocabulary/network';
import type { FileProblems, Problem } from './vocabulary/problems';
import type { RunRequest, Started } from './vocabulary/runRequest';
import type { ListedRun, RelatedSnapshot } from './vocabulary/runRelations';
import type { RunChange, RunDelta, RunList } from './vocabulary/runSummary';
import type { NotesChange, RunNotes } from './vocabulary/runNotes';
import type { RunStatus } from './vocabulary/runStatus';
import type { StudyDelta, StudyPlan, StudySnapshot } from './vocabulary/study';
import type {
  NewStudy,
  StudyChange,
  FigureWritten,
  StudyFigureOutput,
  StudyList,
  StudyOutput,
  StudyStart,
  StudyStarted,
  StudyTableOutput,
  StudyTemplates,
  StudyText,
} from './vocabulary/studyRequest';

export type * from './vocabulary/backends';
export type * from './vocabulary/checkpoint';
export type * from './vocabulary/inspection';
export type * from './vocabulary/installation';
export type * from './vocabulary/matrix';
export type * from './vocabulary/network';
export type * from './vocabulary/overview';
export type * from './vocabulary/problems';
export type * from './vocabulary/runEvents';
export type * from './vocabulary/runNotes';
export type * from './vocabulary/runOptions';
export type * from './vocabulary/runRecord';
export type * from './vocabulary/runRequest';
export type * from './vocabulary/runRelations';
export type * from './vocabulary/runStatus';
export type * from './vocabulary/runSummary';
export type * from './vocabulary/study';
export type * from './vocabulary/studyRequest';

export interface Requests {
  /**
   * Returns all runs below these folders and follows them. `runs/changed` and `run/changed` then report changes. These folders replace
   * those of earlier calls.
   */
  'runs/follow': [{ folders: string[] }, RunList<ListedRun>];
  'run/snapshot': [{ directory: string }, RelatedSnapshot];
  /**
   * Checks a new run like the terminal, makes its directory and starts a detached runner. If there are warnings and the request is not
   * `confirmed`, returns the warnings and writes nothing. If the directory has a stopped or interrupted run with the same options,
   * resumes that run.
   */
  'run/start': [RunRequest & { confirmed?: boolean }, Started];
  'run/resume': [{ directory: string }, { directory: string }];
  /**
   * Asks a run to stop and returns at once. If `stopping` is true, the run is still saving its state, and `run/changed` will report
   * the end.
   */
  'run/stop': [{ directory: string }, { status: RunStatus; stopping: boolean }];
  /** Changes the star, tags and note of a run, and returns them. `runs/changed` reports them, too. */
  'run/annotate': [{ directory: string; change: NotesChange }, RunNotes];
  /** Returns the path of the `run.json` of a run, which is also a run file with its options. */
  'run/file': [{ directory: string }, { file: string }];
  /** Returns whether a process executes the run now. The run may be one that cannot be read. */
  'run/held': [{ directory: string }, { held: boolean }];
  'checkpoint/open': [{ file: CheckpointRef }, CheckpointHeader];
  'checkpoint/statistics': [{ file: CheckpointRef }, Inspection];
  /**
   * `orderOf` is the file that decides the order of rows and columns (default: `file`), and `layer` is one of its layers. In the other
   * files, the matching layer is found as in a comparison, and drawn in the same order.
   */
  'checkpoint/picture': [PictureRequest, Picture];
  'checkpoint/marginals': [MarginalsRequest, Marginals];
  'checkpoint/compare': [{ a: CheckpointRef; b: CheckpointRef; map?: NameMap }, Comparison];
  /** Compares several checkpoints in pairs. Pairs that do not fit each other have a reason instead of numbers. */
  'checkpoint/matrix': [MatrixRequest, ComparisonMatrix];
  /** Compares each checkpoint of a series with the first, the previous, and the initialization if it is given. */
  'checkpoint/series': [SeriesRequest, Series];
  /** Returns the checkpoints of a series in their order, without reading them. */
  'checkpoint/seriesFiles': [{ targets: string[] }, { files: string[]; skipped: string[] }];
  /** Returns the newest commits that changed a file, newest first. */
  'checkpoint/revisions': [{ file: string }, Revision[]];
  /** Returns the path of a copy of a file as it was in a Git revision. */
  'checkpoint/revision': [{ file: string; revision: string }, { file: string }];
  /** Writes one HTML page about checkpoints, and replaces the file if it exists. */
  'checkpoint/report': [{ files: string[]; out: string }, { file: string }];
  /** Writes a checkpoint in another form, and replaces the file `out` if it exists. */
  'checkpoint/export': [{ checkpoint: CheckpointRef; form: ExportForm; out: string }, Exported];
  /** Makes a checkpoint from a file of another tool, and replaces the file `out` if it exists. */
  'checkpoint/import': [{ checkpoint: CheckpointRef; optionsFile?: string; out: string }, Imported];
  /** Measures loss and accuracy of a checkpoint. */
  'checkpoint/evaluate': [EvaluationRequest, Evaluation];
  /** Describes a user's own network, in a model.json or in a run file, before a run. */
  'network/describe': [{ file: string }, NetworkDescription];
  'engine/doctor': [Record<string, never>, DoctorCheck[]];
  /** Returns what an installation of TensorFlow would do. pip asks its package index. Nothing is downloaded. */
  'backend/plan': [{ gpu: boolean }, InstallPlan];
  /** Carries out a plan that the user has confirmed, and sends `backend/progress`. If the request is cancelled, nothing changes. */
  'backend/install': [{ plan: InstallPlan }, { version: string }];
  /** Removes the private installation. Returns its folder, if there was one. */
  'backend/uninstall': [Record<string, never>, { removed?: string }];
  /** Downloads a dataset of the catalogue into a folder, and sends `dataset/progress`. A cancelled download can be continued. */
  'dataset/get': [{ name: string; into: string }, DownloadedDataset];
  /**
   * Returns the studies in these folders and follows them. `studies/changed` then reports changes. These folders replace those of earlier
   * calls. The runs of all studies are followed, too.
   */
  'studies/follow': [{ folders: string[] }, StudyList];
  /** Returns everything that a panel draws. `study/changed` then reports the changes of this study until `study/close`, unless `once`. */
  'study/snapshot': [{ file: string; once?: boolean }, StudySnapshot];
  /** The last panel of a study was closed. */
  'study/close': [{ file: string }, Record<string, never>];
  'study/templates': [Record<string, never>, StudyTemplates];
  /** Writes a study file from a template. */
  'study/new': [NewStudy, { file: string }];
  /** Returns the mistakes in the text of an editor. */
  'study/check': [StudyText, { problems: readonly Problem[] }];
  /** Measures the speed of the networks of a study, which takes some seconds, and returns what the study will run. */
  'study/plan': [{ file: string; cores?: number }, StudyPlan];
  /**
   * Starts a detached process that executes a study, or submits the runs to Slurm. Returns when that process has begun or ended, or when all
   * jobs are submitted, and fails with the message of the process.
   */
  'study/start': [StudyStart, StudyStarted];
  /** Asks the process of a study to stop and returns at once. The states of the runs are saved first; `studies/changed` reports the end. */
  'study/stop': [{ file: string }, { stopping: boolean; message: string }];
  'study/table': [StudyTableOutput, { file: string }];
  'study/figure': [StudyFigureOutput, FigureWritten];
  'study/report': [StudyOutput, { file: string }];
}

export interface Events {
  'dataset/progress': DatasetProgress;
  'runs/changed': RunChange<ListedRun>;
  /** New events of a followed run. Sent at most ten times a second for each run. */
  'run/changed': RunDelta;
  /** Sent at most once a second for each study. */
  'studies/changed': StudyChange;
  /** Changes of a study whose snapshot was requested. Sent at most once a second for each study. */
  'study/changed': StudyDelta;
  'backend/progress': InstallProgress;
}

/** The data of a failed request, in addition to its message. */
export interface ErrorDetails {
  /** The stack of a bug, for the log. */
  stack?: string;
  /** The problems in a file that the user wrote. */
  problems?: FileProblems;
}

export type RequestMethod = keyof Requests;
export type Params<M extends RequestMethod> = Requests[M][0];
export type Result<M extends RequestMethod> = Requests[M][1];
