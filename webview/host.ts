/** The panel's connection to the extension: requests, actions and the shared selection. Only this file calls `acquireVsCodeApi`. */
import { Signal, type Disposable } from './dispose';
import type { MatchedFiles, NameMap, StudyChange, StudyDelta } from '../engine/protocol';
import type {
  FileChoices,
  PanelAction,
  PanelRequests,
  PanelState,
  SavedState,
  Selection,
  ToHost,
  ToPanel,
} from './protocol';

type Deltas = Extract<ToPanel, { event: 'run/changed' }>['params'];
type RunsChanged = Extract<ToPanel, { event: 'runs/changed' }>['params'];

/** The API that VS Code gives a webview. */
export interface Channel {
  postMessage: (message: ToHost) => void;
  getState: () => unknown;
  setState: (state: unknown) => void;
}

/** Settings that the user made in a view, by name. They are saved with the state of the view. */
export type Memory = Record<string, unknown>;

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

export class Host implements Disposable {
  readonly shown = new Signal<PanelState>();
  readonly runChanged = new Signal<Deltas>();
  readonly runsChanged = new Signal<RunsChanged>();
  readonly studyChanged = new Signal<StudyDelta>();
  readonly studiesChanged = new Signal<StudyChange>();
  readonly selected = new Signal<Selection>();
  /** Fires when the engine has restarted. Failed requests can be repeated, and followed runs need a new snapshot. */
  readonly restarted = new Signal<undefined>();
  /** Fires when the user trusts the workspace while the panel is open. */
  /** A file that the panel shows was overwritten or deleted. */
  readonly fileChanged = new Signal<{ file: string; event: 'changed' | 'deleted' }>();
  readonly trustGranted = new Signal<undefined>();
  readonly #channel: Channel;
  readonly #pending = new Map<number, Pending>();
  readonly #ended = new AbortController();
  #next = 1;
  #trusted = false;
  #memory: Memory = {};
  #choices: FileChoices | undefined;
  #files: Record<string, FileChoices> = {};
  #matched: MatchedFiles[] = [];

  constructor(channel: Channel = acquireVsCodeApi()) {
    this.#channel = channel;
    window.addEventListener(
      'message',
      (event: MessageEvent<ToPanel>) => {
        this.#receive(event.data);
      },
      { signal: this.#ended.signal },
    );
  }

  /** Whether the workspace is trusted. Runs can be started, stopped and resumed only if it is. */
  get trusted(): boolean {
    return this.#trusted;
  }

  ready(): void {
    this.#channel.postMessage({ type: 'ready' });
  }

  /** Sends a request to the engine, through the extension. The promise is rejected if the panel is closed before the answer arrives. */
  request<M extends keyof PanelRequests>(method: M, params: PanelRequests[M][0]): Promise<PanelRequests[M][1]> {
    const id = this.#next++;
    return new Promise<PanelRequests[M][1]>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#channel.postMessage({ type: 'request', id, method, params });
    });
  }

  act(action: PanelAction): void {
    this.#channel.postMessage({ type: 'action', action });
  }

  select(selection: Selection): void {
    this.#channel.postMessage({ type: 'select', selection });
  }

  /** The state that was saved before a reload, if any. */
  get kept(): SavedState | undefined {
    const kept = this.#channel.getState();
    return typeof kept === 'object' && kept !== null && 'view' in kept ? (kept as SavedState) : undefined;
  }

  /** Saves the state for a reload. If the same state was saved before, its settings are kept. */
  keep(state: PanelState): void {
    const { memory, ...kept } = this.kept ?? {};
    const same = JSON.stringify(kept) === JSON.stringify(state);
    this.#channel.setState(same && memory ? { ...state, memory } : state);
  }

  /** Shows another state in the same panel, with the same settings. */
  replace(state: PanelState): void {
    const memory = this.kept?.memory;
    this.#channel.setState(memory ? { ...state, memory } : state);
    this.#channel.postMessage({ type: 'state', state });
  }

  /** The settings of the panel. Its own choices replace those that the extension remembers for the file. */
  get memory(): Memory {
    return { ...this.#memory, ...(this.#choices && { choices: this.#choices }), ...this.kept?.memory };
  }

  /** Remembers the choices for the checkpoint of the panel, also for the next time it is opened. */
  choose(choices: FileChoices): void {
    this.remember({ choices });
    this.#channel.postMessage({ type: 'choices', choices });
  }

  /** Returns the choices that the extension remembers for one of several checkpoints. */
  choicesOf(file: string): FileChoices {
    return this.#files[file] ?? {};
  }

  /** Remembers the choices for one of several checkpoints, also for other panels. */
  chooseFor(file: string, choices: FileChoices): void {
    this.#files[file] = choices;
    this.#channel.postMessage({ type: 'fileChoices', file, choices });
  }

  /** All layers that the user has matched by hand in the checkpoints of the panel. */
  get matched(): MatchedFiles[] {
    return this.#matched;
  }

  /** Returns the layers of two checkpoints that the user has matched by hand. */
  matchedIn(a: string, b: string): NameMap {
    const found = this.#matched.find((one) => one.a === a && one.b === b);
    if (found) return found.map;
    const swapped = this.#matched.find((one) => one.a === b && one.b === a);
    return (swapped?.map ?? []).map(([nameA, nameB]) => [nameB, nameA]);
  }

  /** Remembers the layers that the user has matched by hand, for these two checkpoints. */
  match(matched: MatchedFiles): void {
    const { a, b } = matched;
    this.#matched = [
      ...this.#matched.filter((one) => ![one.a, one.b].every((file) => file === a || file === b)),
      matched,
    ];
    this.#channel.postMessage({ type: 'matched', matched });
  }

  remember(memory: Memory): void {
    const kept = this.kept;
    if (kept) this.#channel.setState({ ...kept, memory: { ...kept.memory, ...memory } });
  }

  /** Remembers settings also for the next panel of this view. */
  rememberView(memory: Memory): void {
    this.remember(memory);
    this.#channel.postMessage({ type: 'memory', memory });
  }

  dispose(): void {
    this.#ended.abort();
    for (const { reject } of this.#pending.values())
      reject(new Error('The panel was closed before the answer arrived.'));
    this.#pending.clear();
  }

  #receive(message: ToPanel): void {
    switch (message.type) {
      case 'show':
        this.#trusted = message.trusted;
        this.#memory = message.memory ?? {};
        this.#choices = message.choices;
        this.#files = message.files ?? {};
        this.#matched = message.matched ?? [];
        this.shown.emit(message.state);
        break;
      case 'response':
        this.#settle(message);
        break;
      case 'event':
        this.#emit(message);
        break;
      case 'selected':
        this.selected.emit(message.selection);
        break;
      case 'file':
        this.fileChanged.emit({ file: message.file, event: message.event });
        break;
      case 'trusted':
        this.#trusted = true;
        this.trustGranted.emit(undefined);
        break;
      case 'restarted':
        this.restarted.emit(undefined);
    }
  }

  #emit(message: Extract<ToPanel, { type: 'event' }>): void {
    switch (message.event) {
      case 'run/changed':
        this.runChanged.emit(message.params);
        break;
      case 'runs/changed':
        this.runsChanged.emit(message.params);
        break;
      case 'study/changed':
        this.studyChanged.emit(message.params);
        break;
      case 'studies/changed':
        this.studiesChanged.emit(message.params);
    }
  }

  #settle(message: Extract<ToPanel, { type: 'response' }>): void {
    const pending = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if ('error' in message) pending?.reject(new Error(message.error));
    else pending?.resolve(message.result);
  }
}
