import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import type { CheckpointHeader } from '../../../engine/protocol';
import { HandMatches } from '../../../extension/handMatches';
import { Panels } from '../../../extension/panel';
import type { FileChoices, SavedState, ToHost, ToPanel } from '../../../webview/protocol';
import { summary } from '../../extension/summaries';
import { FakeEngine, replace, restoreAll, settled } from './fakes';

/** A fake webview panel without a page. It records messages and can send some. */
class FakePanel {
  readonly sent: ToPanel[] = [];
  readonly #messages = new vscode.EventEmitter<ToHost>();
  readonly #disposed = new vscode.EventEmitter<void>();
  readonly onDidDispose = this.#disposed.event;
  visible = true;
  revealed = 0;
  isDisposed = false;
  title = '';
  iconPath: unknown;
  readonly webview = {
    options: {},
    html: '',
    cspSource: 'self',
    asWebviewUri: (uri: vscode.Uri) => uri,
    onDidReceiveMessage: this.#messages.event,
    postMessage: (message: ToPanel) => {
      if (this.isDisposed) return Promise.reject(new Error('Webview is disposed'));
      return Promise.resolve(this.sent.push(message));
    },
  };

  reveal(): void {
    this.revealed++;
  }

  dispose(): void {
    this.isDisposed = true;
    this.#disposed.fire();
  }

  async says(message: ToHost): Promise<void> {
    this.#messages.fire(message);
    await settled();
  }

  get types(): string[] {
    return this.sent.map(({ type }) => type);
  }
}

describe('Panels', () => {
  const extension = vscode.Uri.file('/extension');
  const state = { view: 'run', directory: '/runs/a' } as const;
  let engine: FakeEngine;
  let panels: Panels;
  let made: FakePanel[];
  let remembered: Map<string, FileChoices>;
  let trust: vscode.EventEmitter<void>;

  beforeEach(() => {
    made = [];
    trust = new vscode.EventEmitter();
    replace(vscode.window, 'registerWebviewPanelSerializer', () => new vscode.Disposable(() => undefined));
    replace(vscode.workspace, 'onDidGrantWorkspaceTrust', trust.event);
    replace(vscode.window, 'createWebviewPanel', (_: string, title: string) => {
      const panel = new FakePanel();
      panel.title = title;
      made.push(panel);
      return panel;
    });
    engine = new FakeEngine();
    const runs = {
      get: (directory: string) => (directory === '/runs/a' ? summary : undefined),
      ready: () => Promise.resolve(),
    };
    remembered = new Map();
    const choices = {
      of: (file: string) => remembered.get(file),
      set: (file: string, made: FileChoices) => remembered.set(file, made),
    };
    const relay = {
      answer: ({ id }: { id: number }) => Promise.resolve({ type: 'response' as const, id, result: 'yes' }),
    };
    const kept = new Map<string, unknown>();
    const memory = {
      get: <T>(key: string, otherwise?: T) => (kept.get(key) ?? otherwise) as T,
      update: (key: string, value: unknown) => Promise.resolve(void kept.set(key, value)),
    };
    const matches = new HandMatches(memory);
    panels = new Panels(extension, { relay, runs, engine, choices, matches, memory });
  });

  afterEach(() => {
    panels.dispose();
    restoreAll();
  });

  function show(given: Parameters<Panels['show']>[0] = state): FakePanel {
    panels.show(given);
    return made.at(-1)!;
  }

  it('open once for each state, and then come to the front', () => {
    const panel = show();
    panels.show({ view: 'run', directory: '/runs/a/' });
    assert.deepEqual([made.length, panel.revealed, panel.title], [1, 1, 'a']);
    show({ view: 'flips', directory: '/runs/a' });
    panel.dispose();
    show();
    assert.deepEqual(
      made.map(({ title }) => title),
      ['a', 'Sign flips: a', 'a'],
    );
  });

  it('receive their state, and whether the workspace is trusted, when they are ready', async () => {
    const panel = show();
    await panel.says({ type: 'ready' });
    replace(vscode.workspace, 'isTrusted', false);
    await panel.says({ type: 'ready' });
    trust.fire();
    assert.deepEqual(panel.sent, [
      { type: 'show', state, trusted: true },
      { type: 'show', state, trusted: false },
      { type: 'trusted' },
    ]);
  });

  it('receive an answer to every request, and may be closed before it arrives', async () => {
    const panel = show();
    await panel.says({ type: 'request', id: 7, method: 'runs', params: {} });
    assert.deepEqual(panel.sent, [{ type: 'response', id: 7, result: 'yes' }]);
    panel.isDisposed = true;
    await panel.says({ type: 'request', id: 8, method: 'runs', params: {} });
    assert.equal(panel.sent.length, 1);
  });

  it('receive changes, restarts, and selections in other panels', async () => {
    const [panel, other, hidden] = [
      show(),
      show({ view: 'flips', directory: '/runs/a' }),
      show({ view: 'run', directory: '/b' }),
    ];
    hidden.visible = false;
    engine.tell('run/changed', { directory: '/runs/a', reset: false, append: {}, set: {} });
    engine.tell('runs/changed', { directory: '/runs/a' });
    engine.restart();
    await panel.says({ type: 'select', selection: { directory: '/runs/a', round: 2 } });
    assert.deepEqual(panel.types, ['event', 'event', 'restarted']);
    assert.deepEqual(other.types, ['event', 'event', 'restarted', 'selected']);
    assert.deepEqual(hidden.types, [], 'it asks for all of it when it is shown again');
  });

  it('tell the engine when the last one of a study shows something else or was closed', () => {
    const closed = () => engine.asked.flatMap(({ method, params }) => (method === 'study/close' ? [params] : []));
    const gap = { view: 'study', file: '/gap.study.json' } as const;
    const [first, second] = [new FakePanel(), new FakePanel()];
    for (const panel of [first, second]) panels.attach(panel as FakePanel & vscode.WebviewPanel, gap);
    show().dispose();
    void first.says({ type: 'state', state: { view: 'study', file: '/gap.study.json' } });
    first.dispose();
    assert.deepEqual(closed(), []);
    void second.says({ type: 'state', state });
    assert.deepEqual(closed(), [{ file: gap.file }]);
    second.dispose();
    const other = show({ view: 'study', file: '/other.study.json' });
    other.dispose();
    assert.deepEqual(closed(), [{ file: gap.file }, { file: '/other.study.json' }]);
  });

  it('act through the commands of the palette, and show why one failed', async () => {
    const commands: unknown[][] = [];
    const errors: string[] = [];
    replace(vscode.commands, 'executeCommand', (...command: unknown[]) => {
      commands.push(command);
      return command[0] === 'winningSign.stop' ? Promise.reject(new Error('The run has ended.')) : Promise.resolve();
    });
    replace(vscode.window, 'showErrorMessage', (message: string) => Promise.resolve(errors.push(message)));
    const panel = show();
    await panel.says({ type: 'action', action: { action: 'compare', a: '/a', b: '/b' } });
    await panel.says({ type: 'action', action: { action: 'stop', directory: '/runs/a' } });
    assert.deepEqual(commands, [
      ['winningSign.compare', { a: '/a', b: '/b' }],
      ['winningSign.stop', '/runs/a'],
    ]);
    assert.deepEqual(errors, ['The run has ended.']);
  });

  it('have the engine’s names of compared checkpoints in the title, or file names if the engine cannot read them', async () => {
    const pair = { view: 'compare', a: '/x/a.safetensors', b: '/x/b.safetensors' } as const;
    engine.answers['checkpoint/open'] = ({ file }) =>
      ({
        file: file as string,
        label: `x/${(file as string).at(-13)!}`,
        format: '',
        metadata: {},
        tensors: [],
        layers: [],
        rule: 'default',
        leftOut: [],
      }) satisfies CheckpointHeader;
    const panel = show(pair);
    await settled();
    assert.equal(panel.title, 'x/a ↔ x/b');
    panel.dispose();
    engine.answers['checkpoint/open'] = () => Promise.reject(new Error('cut short'));
    const unread = show(pair);
    await settled();
    assert.equal(unread.title, 'a.safetensors ↔ b.safetensors');
  });

  it('are restored with their state after a reload, and close if no state was saved', async () => {
    const [restored, lost] = [new FakePanel(), new FakePanel()];
    const saved: SavedState = { ...state, memory: { round: 3 } };
    await panels.deserializeWebviewPanel(restored as FakePanel & vscode.WebviewPanel, saved);
    await panels.deserializeWebviewPanel(lost as FakePanel & vscode.WebviewPanel, undefined);
    await restored.says({ type: 'ready' });
    assert.deepEqual([restored.title, restored.sent], ['a', [{ type: 'show', state, trusted: true }]]);
    assert.match(restored.webview.html, /Content-Security-Policy/);
    assert.ok(lost.isDisposed);
  });

  it('give a checkpoint the choices that were made for it when it is opened again', async () => {
    const checkpoint = { view: 'checkpoint', file: '/x/a.pt' } as const;
    const [first, again] = [new FakePanel(), new FakePanel()];
    panels.attach(first as FakePanel & vscode.WebviewPanel, checkpoint);
    await first.says({ type: 'choices', choices: { layers: 'matrices' } });
    panels.attach(again as FakePanel & vscode.WebviewPanel, checkpoint);
    await again.says({ type: 'ready' });
    assert.deepEqual(again.sent, [{ type: 'show', state: checkpoint, trusted: true, choices: { layers: 'matrices' } }]);
  });

  it('give two checkpoints their choices and the layers that were matched by hand, in either order', async () => {
    const [a, b] = ['/x/a.pt', '/x/b.pt'];
    const [first, swapped] = [new FakePanel(), new FakePanel()];
    panels.attach(first as FakePanel & vscode.WebviewPanel, { view: 'compare', a, b });
    await first.says({ type: 'fileChoices', file: b, choices: { state: 'ema' } });
    await first.says({ type: 'fileChoices', file: '/x/other.pt', choices: { state: 'ema' } });
    await first.says({ type: 'matched', matched: { a, b, map: [['conv1', 'stem']] } });
    const state = { view: 'compare', a: b, b: a } as const;
    panels.attach(swapped as FakePanel & vscode.WebviewPanel, state);
    await swapped.says({ type: 'ready' });
    assert.equal(remembered.has('/x/other.pt'), false, 'only files of the panel');
    assert.deepEqual(swapped.sent, [
      {
        type: 'show',
        state,
        trusted: true,
        files: { [b]: { state: 'ema' } },
        matched: [{ a: b, b: a, map: [['stem', 'conv1']] }],
      },
    ]);
  });

  it('tells a panel that its file was overwritten, and that it was deleted', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'winning-sign-'));
    const file = path.join(folder, 'a [1].pt');
    writeFileSync(file, 'first');
    const panel = new FakePanel();
    try {
      panels.attach(panel as FakePanel & vscode.WebviewPanel, { view: 'checkpoint', file });
      const told = async (event: string, act: () => void) => {
        for (let attempt = 0; attempt < 100; attempt++) {
          if (attempt % 20 === 0) act(); // a watcher needs a moment until it hears the first change
          await new Promise((resolve) => setTimeout(resolve, 100));
          if (panel.sent.some((message) => message.type === 'file' && message.event === event)) return;
        }
        assert.fail(`was not told: ${event}`);
      };
      await told('changed', () => {
        writeFileSync(file, `${Math.random()}`);
      });
      await told('deleted', () => {
        rmSync(file, { force: true });
      });
    } finally {
      panel.dispose();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
