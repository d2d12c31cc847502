// Runs the tests of the panels in a real Chromium. Each page has the content security policy that VS Code gives a webview.
//   node test/webview/run.mjs [--grep TEXT]
//   node test/webview/run.mjs --screenshots DIR [--grep PATTERN]    takes pictures instead (see screenshots.ts)
/* global URL, document, setTimeout, window */
import { build } from 'esbuild';
import { createServer } from 'node:http';
import { appendFileSync, existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.join(here, '../..');
const option = (name) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined);
const screenshots = option('--screenshots');

const CHROMIUM_PLACES = [
  process.env['CHROMIUM'],
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  chromium.executablePath(),
];
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const TIME_LIMIT = screenshots ? 3_600_000 : 300_000;
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.ttf': 'font/ttf' };

/**
 * Content security policy of a page. As in VS Code, a page can load only its own files. In addition, the page of the tests can show the
 * page of the panel in a frame.
 */
const policy = (nonce) =>
  `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'self'; font-src 'self'; img-src 'self' data:; frame-src 'self'`;

const page = (scripts) => (nonce) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Panel</title><link rel="icon" href="data:,"><link rel="stylesheet" href="${scripts.at(-1)}.css"></head>
<body>${scripts.map((name) => `<script nonce="${nonce}" src="${name}.js"></script>`).join('')}</body></html>`;

async function bundle(out) {
  const common = { bundle: true, sourcemap: 'inline', target: 'es2022', format: 'iife', loader: { '.ttf': 'file' } };
  const glob = (name) => `import './test/webview/${name}';`;
  const files = (await readdir(here, { recursive: true })).filter((name) => name.endsWith('.test.ts'));
  const tests = ['setup.ts', ...files.sort()].map((file) => glob(file.split(path.sep).join('/'))).join('\n');
  const entry = (contents, name) =>
    build({ ...common, stdin: { contents, resolveDir: root, loader: 'ts' }, outfile: path.join(out, `${name}.js`) });
  await Promise.all([
    entry(tests, 'tests'),
    entry(glob('screenshots.ts'), 'screenshots'),
    entry("import './webview/main.ts';", 'main'),
    entry(glob('fakeApi.ts'), 'fakeApi'),
  ]);
}

function serve(out) {
  const pages = {
    '/tests.html': ['mocha', 'tests'],
    '/screenshots.html': ['screenshots'],
    '/panel.html': ['fakeApi', 'main'],
  };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://localhost');
    if (pages[pathname]) {
      const nonce = Math.random().toString(36).slice(2);
      response.writeHead(200, { 'content-type': TYPES['.html'], 'content-security-policy': policy(nonce) });
      response.end(page(pages[pathname])(nonce));
      return;
    }
    const file = pathname === '/mocha.js' ? path.join(root, 'node_modules/mocha/mocha.js') : path.join(out, pathname);
    readFile(file).then(
      (bytes) => {
        response.writeHead(200, { 'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream' });
        response.end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

/** Gives the page real keys, mouse, window sizes and screenshots, and receives the results of its tests. */
async function lend(tab, done) {
  const hands = {
    key: (name) => tab.keyboard.press(name),
    move: (x, y) => tab.mouse.move(x, y),
    click: (x, y) => tab.mouse.click(x, y),
    wheel: async (x, y, delta) => {
      await tab.mouse.move(x, y);
      await tab.mouse.wheel(0, delta);
    },
    drag: async ([x, y], to) => {
      await tab.mouse.move(x, y);
      await tab.mouse.down();
      await tab.mouse.move(...to, { steps: 5 });
      await tab.mouse.up();
    },
    resize: (width, height) => tab.setViewportSize({ width, height }),
    screenshot: (name) => tab.screenshot({ path: path.join(screenshots, `${name}.png`) }),
  };
  for (const [name, act] of Object.entries(hands)) await tab.exposeFunction(`person_${name}`, act);
  await tab.exposeFunction('report', (line) => console.log(line));
  await tab.exposeFunction('finish', done);
  await tab.addInitScript((names) => {
    window.violations = [];
    window.person = Object.fromEntries(names.map((name) => [name, (...args) => window[`person_${name}`](...args)]));
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile }) => {
      window.violations.push(`${violatedDirective}: ${blockedURI} (${sourceFile})`);
    });
  }, Object.keys(hands));
}

/** Adds counts to the tally that test/suites.mjs keeps (see test/tally.ts). */
function count(counts) {
  const file = process.env['WINNING_SIGN_TALLY'];
  if (file) appendFileSync(file, `${JSON.stringify(counts)}\n`);
}

async function runPage(executablePath, address) {
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  try {
    const tab = await browser.newPage({ viewport: { width: 1200, height: 800 } });
    const ended = new Promise((resolve, reject) => {
      void lend(tab, resolve).then(() => tab.goto(address), reject);
      tab.on('pageerror', (error) => console.error(error.stack ?? error.message));
      tab.on('console', (message) => {
        if (message.type() === 'error') console.error(message.text());
      });
      setTimeout(() => reject(new Error('The page did not finish in time.')), TIME_LIMIT).unref();
    });
    return await ended;
  } finally {
    await browser.close();
  }
}

async function main() {
  const executable = CHROMIUM_PLACES.find((place) => place && existsSync(place));
  if (!executable) {
    const how =
      'install it (apt-get install chromium, or npx playwright-core install chromium) or name it in the environment variable CHROMIUM';
    const reason = `Chromium was not found. To run them ${how}.`;
    console.log(`Skipped: the panels’ tests. ${reason}`);
    count({ skipped: 1, part: 'the panels’ tests', reason });
    return process.env['CI'] === 'true' ? 1 : 0;
  }
  const out = await mkdtemp(path.join(tmpdir(), 'winning-sign-webview-'));
  if (screenshots) await mkdir(screenshots, { recursive: true });
  try {
    await bundle(out);
    const server = await serve(out);
    const grep = option('--grep');
    const query = grep ? `?grep=${encodeURIComponent(grep)}` : '';
    const name = screenshots ? 'screenshots' : 'tests';
    const counts = await runPage(executable, `http://127.0.0.1:${server.address().port}/${name}.html${query}`);
    server.close();
    count(counts);
    return Math.min(counts.failed, 255);
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

process.exitCode = await main();
