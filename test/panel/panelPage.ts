/**
 * Shows the bundled panel in a real browser, connected to a real engine through the extension's relay. A page of a local server replaces
 * the webview of VS Code, and a request of HTTP replaces `postMessage`.
 */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { Relay } from '../../extension/relay';
import type { ListedRun, StudySnapshot } from '../../engine/protocol';
import type { PanelRequests, PanelState, ToHost, ToPanel } from '../../webview/protocol';
import { startServer, type ServerProcess } from '../engine/serverProcess';
import { CHROMIUM_ARGS, findChromium, HOW_TO_GET_CHROMIUM } from '../host/host/chromium';

/** The messages that answered one request. */
export interface Traffic {
  method: keyof PanelRequests;
  params: unknown;
  /** Bytes of the request and of the answer between panel and extension. */
  toExtension: number;
  toPanel: number;
  /** Bytes of the same request and answer between extension and engine. */
  engine: number;
}

export interface PanelPage {
  page: Page;
  engine: ServerProcess;
  traffic: readonly Traffic[];
  /** Opens a new page that shows this state. Resolves when the page has loaded, but before anything is drawn. */
  open(state: PanelState): Promise<void>;
  close(): Promise<void>;
}

/** Why this machine cannot show panels in a browser, or undefined if it can. */
export function missingBrowser(): string | undefined {
  return findChromium() === undefined ? `there is no Chromium. ${HOW_TO_GET_CHROMIUM}` : undefined;
}

const FILES = path.resolve('dist/webview');
const TYPES: Record<string, string> = { '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };
const VIEWPORT = { width: 1400, height: 900 };

/** Starts an engine and a browser. `runs` are the runs of the window. `study` is sent instead of the engine's snapshot of a study. */
export async function openPanelPage(runs: readonly ListedRun[] = [], study?: StudySnapshot): Promise<PanelPage> {
  const engine = await startServer();
  const traffic: Traffic[] = [];
  let state: PanelState | undefined;
  const answer = answerWith(engine, traffic, { runs, study });
  const server = await listen((request, response) => {
    respond(request, response, (message) =>
      message.type === 'ready' ? Promise.resolve({ type: 'show', state: state!, trusted: true }) : answer(message),
    ).catch((error: unknown) => {
      response.writeHead(500).end(String(error));
    });
  });
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    server.close();
    server.closeAllConnections();
    await engine.close();
  };
  try {
    browser = await chromium.launch({ executablePath: findChromium()!, args: CHROMIUM_ARGS });
    const page = await browser.newPage({ viewport: VIEWPORT });
    const { port } = server.address() as AddressInfo;
    const open = async (shown: PanelState) => {
      state = shown;
      traffic.length = 0;
      await page.goto(`http://127.0.0.1:${port}/`, { waitUntil: 'commit' });
    };
    return { page, engine, traffic, open, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Returns the extension's side: the relay, with the size of each message. */
function answerWith(
  engine: ServerProcess,
  traffic: Traffic[],
  { runs, study }: { runs: readonly ListedRun[]; study: StudySnapshot | undefined },
): (message: ToHost) => Promise<ToPanel | undefined> {
  const known = {
    ready: () => Promise.resolve(),
    all: () => [...runs],
  };
  return async (message) => {
    if (message.type !== 'request') return undefined;
    if (study && message.method === 'study/snapshot') return { type: 'response', id: message.id, result: study };
    let bytes = 0;
    const counted: Pick<ServerProcess, 'request'> = {
      request: async (method, params) => {
        const result = await engine.request(method, params);
        bytes += Buffer.byteLength(JSON.stringify(params)) + Buffer.byteLength(JSON.stringify(result));
        return result;
      },
    };
    const answered = await new Relay(counted, known).answer(message);
    const { method, params } = message;
    const toExtension = Buffer.byteLength(JSON.stringify(message));
    traffic.push({ method, params, toExtension, toPanel: packed(answered).length, engine: bytes });
    return answered;
  };
}

function listen(serve: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(serve);
  return new Promise((resolve) =>
    server.listen(0, '127.0.0.1', () => {
      resolve(server);
    }),
  );
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (message: ToHost) => Promise<ToPanel | undefined>,
): Promise<void> {
  if (request.method === 'POST') {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const answered = await answer(JSON.parse(Buffer.concat(parts).toString()) as ToHost);
    response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(answered && packed(answered));
    return;
  }
  const name = path.basename(request.url ?? '/');
  if (name === '') {
    response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE);
    return;
  }
  const bytes = name === 'host.js' ? HOST : await readFile(path.join(FILES, name));
  response.writeHead(200, { 'content-type': TYPES[path.extname(name)] ?? 'application/octet-stream' }).end(bytes);
}

/** Returns a message as the size of its JSON (uint32), its JSON, and the bytes of a tile if it has one. */
function packed(message: ToPanel): Buffer {
  const result = message.type === 'response' && 'result' in message ? message.result : undefined;
  const tile = typeof result === 'object' && result !== null && 'bytes' in result ? result.bytes : undefined;
  const bytes = tile instanceof ArrayBuffer ? Buffer.from(tile) : Buffer.alloc(0);
  const json = Buffer.from(JSON.stringify(message));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(json.length);
  return Buffer.concat([size, json, bytes]);
}

/** Variables of VS Code's default dark theme that pictures use. */
const THEME = {
  'charts-blue': '#59a4f9',
  'charts-orange': 'rgba(234, 92, 0, 0.33)',
  'charts-red': '#f14c4c',
  descriptionForeground: '#9d9d9d',
  'editor-background': '#1f1f1f',
  'editor-foreground': '#cccccc',
  foreground: '#cccccc',
  'panel-border': '#2b2b2b',
  'font-family': 'sans-serif',
  'font-size': '13px',
};
const VARIABLES = Object.entries(THEME).map(([name, value]) => `--vscode-${name}: ${value};`);
const PAGE = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Panel</title><link rel="icon" href="data:,">
<style>html { ${VARIABLES.join(' ')}}</style>
<link rel="stylesheet" href="main.css"></head>
<body class="vscode-dark"><script src="host.js"></script><script src="main.js"></script></body></html>`;

/**
 * The API of VS Code on the page. \`answeredAt\` has the time of the first answer to each method, and \`frameTimes\` the milliseconds
 * between frames.
 */
const HOST = `
window.answeredAt = {};
window.frameTimes = [];
window.waiting = 0;
const receive = (buffer, sent) => {
  if (buffer.byteLength === 0) return;
  const size = new DataView(buffer).getUint32(0, true);
  const data = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  if (sent.method === 'checkpoint/picture' && data.result) data.result.bytes = buffer.slice(4 + size);
  window.dispatchEvent(new MessageEvent('message', { data }));
  window.answeredAt[sent.method] ??= performance.now();
};
window.acquireVsCodeApi = () => ({
  getState: () => undefined,
  setState: () => undefined,
  postMessage: (sent) => {
    window.waiting++;
    fetch('message', { method: 'POST', body: JSON.stringify(sent) })
      .then((response) => response.arrayBuffer())
      .then((buffer) => receive(buffer, sent))
      .finally(() => window.waiting--);
  },
});
let last;
const frame = (now) => {
  if (last !== undefined) window.frameTimes.push(now - last);
  last = now;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
`;
