import * as path from 'node:path';
import * as vscode from 'vscode';
import type { PanelState, SavedState, ToHost, ToPanel } from '../webview/protocol';
import type { EngineClient } from './engine';
import { sentenceOf } from './errors';
import type { FileChoices } from './fileChoices';
import type { HandMatches } from './handMatches';
import { perform } from './panelActions';
import { panelPage, panelResources } from './panelPage';
import { comparedTitle, filesOf, keyOf, titleOf, withOwnPaths } from './panelState';
import type { Relay } from './relay';
import type { Runs } from './runs';
import { watchFiles } from './watchedFiles';

interface Shown {
  panel: vscode.WebviewPanel;
  state: PanelState;
}

/** What panels use of the other objects of the extension. */
interface PanelServices {
  relay: Pick<Relay, 'answer'>;
  runs: Pick<Runs, 'get' | 'ready'>;
  engine: EngineClient;
  choices: Pick<FileChoices, 'of' | 'set'>;
  matches: Pick<HandMatches, 'among' | 'set'>;
  /** The memory of the workspace. */
  memory: Pick<vscode.Memento, 'get' | 'update'>;
}

/** Key of the settings of the table of runs, which are kept when its panel is closed. */
const RUNS_TABLE = 'runsTable';

/** The panels of this window. VS Code discards the contents of hidden panels, and a panel draws itself again when it is shown. */
export class Panels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  static readonly viewType = 'winningSign.panel';
  readonly #shown = new Set<Shown>();
  readonly #subscriptions: vscode.Disposable;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly services: PanelServices,
  ) {
    const { engine } = services;
    this.#subscriptions = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(Panels.viewType, this),
      engine.on('run/changed', (params) => {
        this.#broadcast({ type: 'event', event: 'run/changed', params });
      }),
      engine.on('runs/changed', (params) => {
        this.#broadcast({ type: 'event', event: 'runs/changed', params });
      }),
      engine.on('study/changed', (params) => {
        this.#broadcast({ type: 'event', event: 'study/changed', params });
      }),
      engine.on('studies/changed', (params) => {
        this.#broadcast({ type: 'event', event: 'studies/changed', params });
      }),
      engine.onDidRestart(() => {
        this.#broadcast({ type: 'restarted' });
      }),
      vscode.workspace.onDidGrantWorkspaceTrust(() => {
        this.#broadcast({ type: 'trusted' });
      }),
    );
  }

  /** Brings the panel with this state to the front. Opens a panel if there is none. */
  show(state: PanelState): void {
    const key = keyOf(state);
    const open = [...this.#shown].find((other) => keyOf(other.state) === key);
    if (open) {
      open.panel.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(Panels.viewType, this.#title(state), vscode.ViewColumn.Active);
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'extension', 'media', 'panel.svg');
    this.attach(panel, state);
  }

  /** Makes the webview of a panel or an editor show this state. */
  attach(panel: vscode.WebviewPanel, given: PanelState): void {
    const state = withOwnPaths(given, (directory) => this.services.runs.get(directory)?.directory ?? directory);
    const shown: Shown = { panel, state };
    this.#shown.add(shown);
    panel.webview.options = { enableScripts: true, localResourceRoots: panelResources(this.extension) };
    const subscription = panel.webview.onDidReceiveMessage((message: ToHost) => this.#receive(shown, message));
    const watching = watchFiles(filesOf(state), (file, event) => void send(panel, { type: 'file', file, event }));
    panel.onDidDispose(() => {
      watching.dispose();
      this.#shown.delete(shown);
      subscription.dispose();
      this.#left(shown.state);
    });
    panel.webview.html = panelPage(panel.webview, this.extension);
    if (state.view === 'compare') void this.#nameCompared(shown, state);
  }

  /** Stores the state that a panel shows now, and sets the title of the panel. */
  #rename(shown: Shown, state: PanelState): void {
    const before = shown.state;
    shown.state = state;
    this.#left(before);
    shown.panel.title = this.#title(state);
    if (state.view === 'compare') void this.#nameCompared(shown, state);
  }

  /** Tells the engine that no panel shows a study any more. */
  #left(state: PanelState): void {
    if (state.view !== 'study') return;
    const { file } = state;
    if ([...this.#shown].some((other) => other.state.view === 'study' && other.state.file === file)) return;
    this.services.engine.request('study/close', { file }).catch(() => undefined); // a restarted engine has forgotten the panel
  }

  /** Restores a panel after a reload, from the state that it saved. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, saved: SavedState | undefined): Promise<void> {
    if (!saved) {
      panel.dispose();
      return;
    }
    const { memory: _, ...state } = saved;
    await this.services.runs.ready().catch(() => undefined); // the panel itself shows the error
    panel.title = this.#title(state);
    this.attach(panel, state);
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  async #receive(shown: Shown, message: ToHost): Promise<void> {
    const { panel, state } = shown;
    switch (message.type) {
      case 'ready':
        return send(panel, this.#start(state));
      case 'request':
        return send(panel, await this.services.relay.answer(message));
      case 'action':
        return perform(message.action).catch((error: unknown) => {
          void vscode.window.showErrorMessage(sentenceOf(error));
        });
      case 'state':
        this.#rename(shown, message.state);
        return;
      case 'memory':
        if (state.view === 'runs') void this.services.memory.update(RUNS_TABLE, message.memory);
        return;
      case 'choices':
        if (state.view === 'checkpoint') this.services.choices.set(state.file, message.choices);
        return;
      case 'fileChoices':
        if (filesOf(state).includes(message.file)) this.services.choices.set(message.file, message.choices);
        return;
      case 'matched':
        if ([message.matched.a, message.matched.b].every((file) => filesOf(state).includes(file)))
          this.services.matches.set(message.matched);
        return;
      case 'select':
        this.#broadcast({ type: 'selected', selection: message.selection }, panel);
    }
  }

  /** Returns the message that makes a panel show a state. */
  #start(state: PanelState): ToPanel {
    const { choices, matches } = this.services;
    const shown = { type: 'show', state, trusted: vscode.workspace.isTrusted } as const;
    if (state.view === 'runs')
      return { ...shown, memory: this.services.memory.get<Record<string, unknown>>(RUNS_TABLE, {}) };
    if (state.view === 'checkpoint') {
      const own = choices.of(state.file);
      return { ...shown, ...(own && { choices: own }) };
    }
    const files = filesOf(state);
    const chosen = files.flatMap((file) => {
      const own = choices.of(file);
      return own ? [[file, own] as const] : [];
    });
    const matched = matches.among(files);
    return {
      ...shown,
      ...(chosen.length > 0 && { files: Object.fromEntries(chosen) }),
      ...(matched.length > 0 && { matched }),
    };
  }

  #broadcast(message: ToPanel, except?: vscode.WebviewPanel): void {
    for (const { panel } of this.#shown) if (panel !== except && panel.visible) void send(panel, message);
  }

  /** Sets the title of a compare panel to the labels of its checkpoints. Only the engine knows the labels. */
  async #nameCompared(shown: Shown, { a, b }: Extract<PanelState, { view: 'compare' }>): Promise<void> {
    const labelOf = (file: string) =>
      this.services.engine.request('checkpoint/open', { file }).then(({ label }) => label);
    const labels = await Promise.all([labelOf(a), labelOf(b)]).catch(() => undefined); // the panel shows the error
    if (labels && this.#shown.has(shown)) shown.panel.title = comparedTitle(...labels);
  }

  #title(state: PanelState): string {
    return titleOf(state, (directory) => this.services.runs.get(directory)?.name ?? path.basename(directory));
  }
}

/** Sends a message to a panel. Does nothing if the panel was closed meanwhile. */
async function send(panel: vscode.WebviewPanel, message: ToPanel): Promise<void> {
  try {
    await panel.webview.postMessage(message);
  } catch {
    // The panel was disposed before the message was sent.
  }
}
