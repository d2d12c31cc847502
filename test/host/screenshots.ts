/**
 * `npm run screenshots -- [FOLDER]`: takes the pictures of README and docs in a real VS Code, of the demo's study in FOLDER (default:
 * demo). Executes what the demo has not finished there, which takes five to ten minutes the first time.
 */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { openSession } from './host/session';
import { Workbench } from './host/workbench';

const ROOT = path.resolve(__dirname, '../../..');
const VSIX = path.join(ROOT, 'winning-sign.vsix');
const CLI = path.join(ROOT, 'dist/engine/cli.js');
const SIZE = { width: 1400, height: 900 };
/** Time after which charts and pictures are drawn and notifications have faded. */
const SETTLE_MS = 1_500;
const ZOOM_STEPS = 3;

async function main(): Promise<void> {
  const folder = path.resolve(process.argv[2] ?? path.join(ROOT, 'demo'));
  execFileSync(process.execPath, [CLI, 'demo', folder], { stdio: 'inherit' });
  const session = await openSession({ workspace: folder, vsix: VSIX });
  try {
    await session.page.setViewportSize(SIZE);
    await takeAll(new Workbench(session.page));
  } finally {
    await session.end();
  }
}

async function takeAll(window: Workbench): Promise<void> {
  await window.ready();
  await window.openRunsView();

  await window.menu(window.row('demo'), 'Open Study');
  await window.panel((text) => text.includes('At 6.40 % kept') && text.includes('mask only'), 'what the study found');
  await take(window, 'study');

  await window.command('Winning Sign: Open Runs Table');
  await window.panel((text) => text.includes('search-aws') && text.includes('search-lrr'), 'the runs as a table');
  await window.page.keyboard.press('Control+B'); // room for all columns
  await take(window, 'runs-table');
  await window.page.keyboard.press('Control+B');

  await window.unfold('demo');
  await window.row('aws').click();
  await window.panel((text) => text.includes('Accuracy against sparsity') && text.includes('retrain'), 'the run');
  await take(window, 'run');

  await window.unfold('aws');
  await window.row('round 2').click();
  await zoomIn(await window.panel((text) => text.includes('flips since init'), 'the layers of a checkpoint'));
  await take(window, 'checkpoint');

  await window.row('round 1').click();
  await window.row('round 3').click({ modifiers: ['Control'] });
  await window.menu(window.row('round 3'), 'Compare Signed Masks');
  await window.panel((text) => text.includes('only A') && text.includes('flipped'), 'what differs');
  await take(window, 'compare');

  await window.unfold('round 3');
  await window.row(/^\s*signed mask.*barrier/).click();
  await window.panel((text) => text.includes('Barrier'), 'the barrier');
  await take(window, 'connectivity');
}

/** Shows single weights of a layer. */
async function zoomIn(panel: Frame): Promise<void> {
  await panel.locator('tr', { hasText: 'conv3' }).click();
  const picture = panel.getByRole('application');
  await picture.focus();
  for (let step = 0; step < ZOOM_STEPS; step++) await picture.press('+');
}

async function take({ page }: Workbench, name: string): Promise<void> {
  await page.mouse.move(SIZE.width / 2, SIZE.height - 1); // off whatever shows a tooltip
  await page.waitForTimeout(SETTLE_MS);
  const file = path.join(ROOT, 'docs', `${name}.png`);
  await page.screenshot({ path: file });
  console.log(`Took ${path.relative(process.cwd(), file)}.`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
