/** Shows a panel on this page as in VS Code, with theme variables, a fake host, and mouse and keyboard from the runner. */
import type { Disposable } from '../../webview/dispose';
import { Host } from '../../webview/host';
import { startPanel } from '../../webview/panel';
import type { MatchedFiles } from '../../engine/protocol';
import type { FileChoices, PanelState } from '../../webview/protocol';
import { ok } from './assert';
import { FakeHost } from './fakeHost';
import { THEMES, type ThemeName } from './themes';
import { answersOf, study, type Answers } from './world/world';

/** Functions of the runner that the page can call: real keys, a real mouse, window sizes and screenshots. */
export interface Person {
  key: (name: string) => Promise<void>;
  move: (x: number, y: number) => Promise<void>;
  click: (x: number, y: number) => Promise<void>;
  drag: (from: [number, number], to: [number, number]) => Promise<void>;
  wheel: (x: number, y: number, delta: number) => Promise<void>;
  resize: (width: number, height: number) => Promise<void>;
  screenshot: (name: string) => Promise<void>;
}

declare global {
  interface Window {
    person: Person;
    violations: string[];
  }
}

export interface PanelOptions {
  theme?: ThemeName;
  answers?: Answers;
  kept?: unknown;
  hold?: string[];
  trusted?: boolean;
  /** The choices that the extension remembers for the file, or for each of several, and the layers that were matched by hand. */
  choices?: FileChoices;
  files?: Record<string, FileChoices>;
  matched?: MatchedFiles[];
  /** The settings with which the last panel of the view was closed. */
  memory?: Record<string, unknown>;
}

export interface OpenPanel {
  host: FakeHost;
  /** Returns the first element of a selector, which must exist. */
  find: (selector: string) => HTMLElement;
  all: (selector: string) => HTMLElement[];
  settled: () => Promise<void>;
}

let open: Disposable | undefined;

export function setTheme(theme: ThemeName): void {
  const { className, variables } = THEMES[theme];
  const { style } = document.documentElement;
  style.cssText = '';
  for (const [name, value] of Object.entries(variables)) style.setProperty(`--vscode-${name}`, value);
  style.setProperty('--vscode-font-family', 'Liberation Sans, DejaVu Sans, sans-serif');
  style.setProperty('--vscode-font-size', '13px');
  style.setProperty('--vscode-editor-font-family', 'Liberation Mono, DejaVu Sans Mono, monospace');
  document.body.className = className;
}

/** Waits for two frames. Drawing in the first frame can request the second. */
export async function frames(): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise(requestAnimationFrame);
}

/** Time limit, long enough for a busy machine. */
const PATIENCE_MS = 20_000;

/** Waits until a condition is true. Fails with this sentence after the time limit. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!condition()) {
    ok(performance.now() < end, `waited in vain for ${what}`);
    await frames();
  }
}

let study_: Answers | undefined;

/** Opens a panel and closes the previous one. */
export async function openPanel(
  state: PanelState,
  { theme = 'dark', answers, kept, hold = [], trusted = true, choices, files, matched, memory }: PanelOptions = {},
): Promise<OpenPanel> {
  closePanel();
  setTheme(theme);
  const host = new FakeHost(state, answers ?? (study_ ??= answersOf(study())), kept);
  host.trusted = trusted;
  host.remembered = {
    ...(choices && { choices }),
    ...(files && { files }),
    ...(matched && { matched }),
    ...(memory && { memory }),
  };
  for (const method of hold) host.hold.add(method);
  open = startPanel(document.body, new Host(host));
  const find = (selector: string) => {
    const element = document.querySelector<HTMLElement>(selector);
    ok(element, `nothing on the page is ${selector}`);
    return element;
  };
  const settled = async () => {
    await until(() => !host.busy, 'the host to answer');
    await frames();
    await until(() => !host.busy, 'the host to answer');
    await frames();
  };
  await settled();
  return { host, find, all: (selector) => [...document.querySelectorAll<HTMLElement>(selector)], settled };
}

export function closePanel(): void {
  open?.dispose();
  open = undefined;
  document.body.replaceChildren();
}

/** Returns the colour of a canvas at a point in CSS pixels. */
export function pixel(canvas: HTMLCanvasElement, x: number, y: number): [number, number, number] {
  const ratio = canvas.width / canvas.clientWidth;
  const [r, g, b] = canvas.getContext('2d')!.getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data;
  return [r!, g!, b!];
}

export function centre(element: Element): [number, number] {
  const { left, top, width, height } = element.getBoundingClientRect();
  return [left + width / 2, top + height / 2];
}
