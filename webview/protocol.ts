/** What panels and the extension send each other: types only. The extension relays `PanelRequests` to the engine. */
import type { Events, ListedRun, Picture, Requests, Result } from '../engine/protocol';

/** What a panel shows. It is serializable, because VS Code keeps it across a reload. */
export type PanelState =
  | { view: 'run'; directory: string }
  | { view: 'checkpoint'; file: string }
  | { view: 'flips'; directory: string }
  | { view: 'connectivity'; directories: string[] }
  | { view: 'compare'; a: string; b: string };

/** What a panel saves with `setState`: its state, from which it is restored after a reload, and what was set in it. */
export type SavedState = PanelState & { memory?: Record<string, unknown> };

/** A picture with its bytes as bytes, not as base64. */
export type Tile = Omit<Picture, 'bytes'> & { bytes: ArrayBuffer };

/** The read-only requests of the engine: panels read, and only commands act. */
export type PanelMethod =
  | 'run/snapshot'
  | 'checkpoint/open'
  | 'checkpoint/statistics'
  | 'checkpoint/picture'
  | 'checkpoint/marginals'
  | 'checkpoint/compare';
export type PanelRequests = {
  [M in PanelMethod]: [Requests[M][0], M extends 'checkpoint/picture' ? Tile : Result<M>];
} & {
  /** The runs of the tree in its order, each with the place of its colour in the order of `--vscode-charts-*`. */ runs: [
    Record<string, never>,
    RunColor[],
  ];
};

export interface RunColor {
  directory: string;
  color: number;
  summary: ListedRun;
}

/** What a panel can ask the extension to do, with the same commands that a person uses. */
export type PanelAction =
  | { action: 'openCheckpoint'; file: string }
  | { action: 'openRun'; directory: string }
  | { action: 'openFlips'; directory: string }
  | { action: 'compare'; a: string; b: string }
  | { action: 'transfer'; file: string }
  | { action: 'connectivity'; a: string; b: string }
  | { action: 'stop' | 'resume'; directory: string }
  | {
      action: 'save';
      name: string;
      /** SVG or CSV as text, or PNG in base64. */ content: string;
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
  | { type: 'select'; selection: Selection };

export type ToPanel =
  /** `trusted`: whether the workspace is trusted, so that runs can be stopped and resumed. */
  | { type: 'show'; state: PanelState; trusted: boolean }
  | { type: 'trusted' }
  | { type: 'response'; id: number; result: unknown }
  | { type: 'response'; id: number; error: string }
  | { type: 'event'; event: 'run/changed'; params: Events['run/changed'] }
  | { type: 'event'; event: 'runs/changed'; params: Events['runs/changed'] }
  | { type: 'selected'; selection: Selection }
  /** The engine runs again after a crash. It has forgotten all requests, and changes may have been missed. */
  | { type: 'restarted' };
