import * as path from 'node:path';
import * as vscode from 'vscode';
import type { PanelState, SavedState, ToHost, ToPanel } from '../webview/protocol';
import type { Engine } from './engine';
import { sentenceOf } from './errors';
import { perform } from './panelActions';
import { panelPage, panelResources } from './panelPage';
import type { Relay } from './relay';
import type { Runs } from './runs';

interface Shown {
  panel: vscode.WebviewPanel;
  state: PanelState;
}

/** The panels of this window. A panel is drawn from what it asks for; hidden ones are thrown away and drawn again. */
export class Panels implements vscode.WebviewPanelSerializer, vscode.Disposable {
  static readonly viewType = 'winningSign.panel';
  readonly #shown = new Set<Shown>();
  readonly #subscriptions: vscode.Disposable;

  constructor(
    private readonly extension: vscode.Uri,
    private readonly relay: Relay,
    private readonly runs: Runs,
    engine: Engine,
  ) {
    this.#subscriptions = vscode.Disposable.from(
      vscode.window.registerWebviewPanelSerializer(Panels.viewType, this),
      engine.on('run/changed', (params) => {
        this.#tellAll({ type: 'event', event: 'run/changed', params });
      }),
      engine.on('runs/changed', (params) => {
        this.#tellAll({ type: 'event', event: 'runs/changed', params });
      }),
      engine.onDidRestart(() => {
        this.#tellAll({ type: 'restarted' });
      }),
    );
  }

  /** Brings the panel of this state to the front, or opens one. */
  show(state: PanelState): void {
    const open = [...this.#shown].find((other) => JSON.stringify(other.state) === JSON.stringify(state));
    if (open) {
      open.panel.reveal();
      return;
    }
    const panel = vscode.window.createWebviewPanel(Panels.viewType, this.#title(state), vscode.ViewColumn.Active);
    panel.iconPath = vscode.Uri.joinPath(this.extension, 'extension', 'media', 'panel.svg');
    this.attach(panel, state);
  }

  /** Makes a webview, a panel's or an editor's, show this state. */
  attach(panel: vscode.WebviewPanel, state: PanelState): void {
    const shown: Shown = { panel, state };
    this.#shown.add(shown);
    panel.webview.options = { enableScripts: true, localResourceRoots: panelResources(this.extension) };
    const subscription = panel.webview.onDidReceiveMessage((message: ToHost) => this.#hear(shown, message));
    panel.onDidDispose(() => {
      this.#shown.delete(shown);
      subscription.dispose();
    });
    panel.webview.html = panelPage(panel.webview, this.extension);
  }

  /** After a reload: the saved state says what the panel showed. */
  async deserializeWebviewPanel(panel: vscode.WebviewPanel, saved: SavedState | undefined): Promise<void> {
    if (!saved) {
      panel.dispose();
      return;
    }
    const { memory: _, ...state } = saved;
    await this.runs.ready().catch(() => undefined); // the panel itself will say what is wrong
    panel.title = this.#title(state);
    this.attach(panel, state);
  }

  dispose(): void {
    this.#subscriptions.dispose();
  }

  async #hear({ panel, state }: Shown, message: ToHost): Promise<void> {
    switch (message.type) {
      case 'ready':
        return tell(panel, { type: 'show', state });
      case 'request':
        return tell(panel, await this.relay.answer(message));
      case 'action':
        return perform(message.action).catch((error: unknown) => {
          void vscode.window.showErrorMessage(sentenceOf(error));
        });
      case 'select':
        this.#tellAll({ type: 'selected', selection: message.selection }, panel);
    }
  }

  #tellAll(message: ToPanel, except?: vscode.WebviewPanel): void {
    for (const { panel } of this.#shown) if (panel !== except && panel.visible) void tell(panel, message);
  }

  #title(state: PanelState): string {
    const name = (directory: string) => this.runs.get(directory)?.name ?? path.basename(directory);
    switch (state.view) {
      case 'run':
        return name(state.directory);
      case 'checkpoint':
        return path.basename(state.file);
      case 'flips':
        return `Sign flips: ${name(state.directory)}`;
      case 'connectivity':
        return `Connectivity: ${state.directories.map(name).join(', ')}`;
      case 'compare':
        return `${checkpointName(state.a)} ↔ ${checkpointName(state.b)}`;
    }
  }
}

/** A checkpoint told from its namesakes in other runs: “aws/round-03”. */
function checkpointName(file: string): string {
  const run = path.basename(path.dirname(path.dirname(file)));
  return `${run}/${path.basename(file, path.extname(file))}`;
}

/** Settles also when the panel is gone by then. */
async function tell(panel: vscode.WebviewPanel, message: ToPanel): Promise<void> {
  try {
    await panel.webview.postMessage(message);
  } catch {
    // Disposed while the answer was on its way: nobody is left to hear it.
  }
}
