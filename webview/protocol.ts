/** What a panel may ask and what it is told: types only. The extension relays `PanelRequests` to the engine and answers with the same id. */
import type { Events, ListedRun, Picture, Requests, Result } from '../engine/protocol';

/** What a panel shows. Serializable: VS Code keeps it across a reload. */
export type PanelState =
  | { view: 'run'; directory: string }
  | { view: 'checkpoint'; file: string }
  | { view: 'flips'; directory: string }
  | { view: 'connectivity'; directories: string[] }
  | { view: 'compare'; a: string; b: string };

/** What a panel keeps with `setState`: its state, which the host restores it with after a reload, and what was set in it. */
export type SavedState = PanelState & { memory?: Record<string, unknown> };

/** A picture whose bytes crossed as bytes. */
export type Tile = Omit<Picture, 'bytes'> & { bytes: ArrayBuffer };

/** The read-only part of the engine's requests: a panel looks, only commands act. */
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
  /** The runs the tree shows, in its order, each with its colour's place in the `--vscode-charts-*` order. */ runs: [
    Record<string, never>,
    RunColor[],
  ];
};

export interface RunColor {
  directory: string;
  color: number;
  summary: ListedRun;
}

/** What a panel may ask the host to do, through the same commands a person uses. */
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
      /** SVG or CSV text, or PNG in base64. */ content: string;
      encoding: 'utf8' | 'base64';
    };

/** Selection shared by the panels of one run. */
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
  /** `trusted`: the workspace is, so that runs can be stopped and resumed. */
  | { type: 'show'; state: PanelState; trusted: boolean }
  | { type: 'trusted' }
  | { type: 'response'; id: number; result: unknown }
  | { type: 'response'; id: number; error: string }
  | { type: 'event'; event: 'run/changed'; params: Events['run/changed'] }
  | { type: 'event'; event: 'runs/changed'; params: Events['runs/changed'] }
  | { type: 'selected'; selection: Selection }
  /** The engine runs again after a crash: it has forgotten what was asked, and changes may have been missed. */
  | { type: 'restarted' };
