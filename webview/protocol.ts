/** Types of the messages between panels and the extension. The extension passes `PanelRequests` on to the engine. */
import type { StudyTableFormat } from '../engine/vocabulary/tableFormats';
import type { CheckpointChoice, Events, ListedRun, MatchedFiles, Picture, Requests, Result } from '../engine/protocol';

/** What a panel shows. It must be serializable, because VS Code stores it for a reload. */
export type PanelState =
  | { view: 'run'; directory: string }
  /** The table of all runs. */
  | { view: 'runs' }
  /** A study, by its file. */
  | { view: 'study'; file: string }
  | { view: 'checkpoint'; file: string }
  | { view: 'flips'; directory: string }
  | { view: 'connectivity'; directories: string[] }
  | { view: 'series'; targets: string[]; init?: string }
  /** All pairs of several checkpoints. */
  | { view: 'matrix'; files: string[] }
  /** `layers` is the rule for prunable layers in both files. */
  | { view: 'compare'; a: string; b: string; layers?: string };

/** The choices of the user for a checkpoint. The extension remembers them for the file. A missing choice is the default. */
export type FileChoices = Pick<CheckpointChoice, 'layers' | 'state'>;

/** What a panel saves with `setState`. After a reload, it is restored from its state and from the settings in `memory`. */
export type SavedState = PanelState & { memory?: Record<string, unknown> };

/** A picture with its bytes in memory, not as base64. */
export type Tile = Omit<Picture, 'bytes'> & { bytes: ArrayBuffer };

/** The requests of the engine that a panel can send. All of them only read. */
export type PanelMethod =
  | 'run/snapshot'
  | 'checkpoint/open'
  | 'checkpoint/statistics'
  | 'checkpoint/picture'
  | 'checkpoint/marginals'
  | 'checkpoint/compare'
  | 'checkpoint/matrix'
  | 'checkpoint/series'
  | 'study/snapshot';
export type PanelRequests = {
  [M in PanelMethod]: [Requests[M][0], M extends 'checkpoint/picture' ? Tile : Result<M>];
} & {
  /** All runs, sorted by name. */
  runs: [Record<string, never>, ListedRun[]];
};

/** Actions that a panel can request from the extension. The extension performs them with the commands of the palette. */
export type PanelAction =
  | { action: 'openCheckpoint'; file: string }
  | { action: 'openRun'; directory: string }
  | { action: 'openFlips'; directory: string }
  /** Opens `run.json`, the options of the run. */
  | { action: 'openRunFile'; directory: string }
  | { action: 'compare'; a: string; b: string; layers?: string }
  | { action: 'matrix'; files: string[] }
  /** Changes the star of runs, or asks for their tags or their note. */
  | { action: 'star'; directories: string[]; star: boolean }
  | { action: 'tag' | 'note'; directories: string[] }
  | { action: 'transfer'; file: string }
  | { action: 'connectivity'; a: string; b: string }
  | { action: 'stop' | 'resume'; directory: string }
  | { action: 'runStudy' | 'stopStudy' | 'studyReport' | 'openStudyFile'; file: string }
  /** Writes a table of a study to a file that the user chooses, or draws it in the size of a column of a paper. */
  | { action: 'saveStudyTable'; file: string; table: string; format: StudyTableFormat | 'svg' }
  /** Puts a text on the clipboard. `what` names it for a message. */
  | { action: 'copy'; text: string; what: string }
  | {
      action: 'save';
      name: string;
      /** Text for SVG and CSV, base64 for PNG. */ content: string;
      encoding: 'utf8' | 'base64';
    };

/** The selection that the panels of one run share. */
export interface Selection {
  directory: string;
  round?: number;
  layer?: string;
}

export type ToHost =
  | { type: 'ready' }
  | { type: 'request'; id: number; method: keyof PanelRequests; params: unknown }
  | { type: 'action'; action: PanelAction }
  | { type: 'select'; selection: Selection }
  /** The panel shows another state than the one it was opened with. */
  | { type: 'state'; state: PanelState }
  /** The user has changed settings of a view that it keeps when its panel is closed. */
  | { type: 'memory'; memory: Record<string, unknown> }
  /** The user has made these choices for the checkpoint of the panel. */
  | { type: 'choices'; choices: FileChoices }
  /** The user has made these choices for one of several checkpoints of the panel. */
  | { type: 'fileChoices'; file: string; choices: FileChoices }
  /** The user has matched these layers of two checkpoints by hand. They replace the earlier ones. */
  | { type: 'matched'; matched: MatchedFiles };

export type ToPanel =
  /**
   * `trusted`: whether the workspace is trusted. Runs can be stopped and resumed only if it is. `choices`: those that the extension remembers
   * for the checkpoint, or in `files` for each of several. `matched`: the layers that the user has matched by hand.
   */
  | {
      type: 'show';
      state: PanelState;
      trusted: boolean;
      /** The settings with which the last panel of this view was closed, if the view keeps them. */
      memory?: Record<string, unknown>;
      choices?: FileChoices;
      files?: Record<string, FileChoices>;
      matched?: MatchedFiles[];
    }
  | { type: 'trusted' }
  /** A file that the panel shows was overwritten or deleted. */
  | { type: 'file'; file: string; event: 'changed' | 'deleted' }
  | { type: 'response'; id: number; result: unknown }
  | { type: 'response'; id: number; error: string }
  | { type: 'event'; event: 'run/changed'; params: Events['run/changed'] }
  | { type: 'event'; event: 'runs/changed'; params: Events['runs/changed'] }
  | { type: 'event'; event: 'study/changed'; params: Events['study/changed'] }
  | { type: 'event'; event: 'studies/changed'; params: Events['studies/changed'] }
  | { type: 'selected'; selection: Selection }
  /** The engine has restarted after a crash. Open requests were lost, and changes of runs may have been missed. */
  | { type: 'restarted' };
